"""Makes the README's pictures again: `make pictures`. They show a demo made for them, in the light look."""

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from portal.demo.accounts import PASSWORD
from portal.management.commands.portal import is_ready
from tests.processes.engine import BASE_DIR, embedded, eventually
from tests.servers import end, free_port

PICTURES = BASE_DIR / "portal" / "pictures"
DESK = (1440, 1000)
PHONE = (390, 844)
MOST_BYTES = 150_000


class Picture(NamedTuple):
    name: str
    who: str
    size: tuple[int, int]
    prepare: Callable[[Page], None] | None = None  # leads from the home to what is shown


@contextmanager
def demo() -> Iterator[str]:
    """The address of a portal with a new demo, until the block ends."""
    port = free_port()
    command = [sys.executable, "manage.py", "portal", "--demo", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, cwd=BASE_DIR, env=embedded(Path(folder)))
        try:
            if not eventually(lambda: process.poll() is not None or is_ready("127.0.0.1", port), seconds=600):
                raise RuntimeError("The demo was not ready in ten minutes.")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            end(process, seconds=30)


def home_of(browser: Browser, address: str, picture: Picture) -> Page:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="light", locale="en-GB", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", f"{picture.who}@demo.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(f"{address}/")
    return page


def begin_visit(page: Page) -> None:
    """The day's visit after the arrival: what is to be done there, the review first."""
    page.locator("main a[href^='/visits/V-']").first.click()
    arrive = page.get_by_role("button", name="Start the visit")
    if arrive.count():
        arrive.first.click()
    page.locator("main a[href^='/work-orders/WO-']").first.wait_for()


def begin_work(page: Page) -> None:
    """The visit's review: one step answered, the next in view."""
    begin_visit(page)
    page.locator("main a[href^='/work-orders/WO-']").first.click()
    step = page.locator("[data-step]").first
    step.get_by_role("button", name="Pass").click()
    step.get_by_text("Saved").wait_for()
    step.evaluate("step => step.scrollIntoView()")


WANTED = (
    Picture("manager-home", "manager", DESK),
    Picture("customer-home", "customer", DESK),
    Picture("technician-home", "technician", PHONE),
    Picture("work-order", "technician", PHONE, begin_work),
    Picture("visit", "technician", PHONE, begin_visit),
)


def keep(name: str, content: bytes) -> None:
    """Store it in 255 colours: a page has few, and a README should open quickly."""
    small = Image.open(io.BytesIO(content)).convert("RGB").quantize(255, dither=Image.Dither.NONE)
    path = PICTURES / f"{name}.png"
    small.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise RuntimeError(f"{path} has {path.stat().st_size} bytes.")
    sys.stdout.write(f"{path.relative_to(BASE_DIR)}: {path.stat().st_size // 1000} kB\n")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for picture in WANTED:
            page = home_of(browser, address, picture)
            if picture.prepare:
                picture.prepare(page)
            keep(picture.name, page.screenshot())
            page.context.close()


if __name__ == "__main__":
    main()
