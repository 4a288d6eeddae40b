"""The forms of the register's pages. They check what was typed; the rules stand in `contracts.actions`."""
