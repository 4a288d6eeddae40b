# One image for web, worker and beat. Every RUN line is a make target that .ci/run calls too.
FROM python:3.13-bookworm AS build
WORKDIR /portal
COPY Makefile package.json package-lock.json ./
COPY requirements requirements
RUN make runtime
COPY . .
# The key is for this step alone; the image holds none.
ENV DATA_DIR=/data SECRET_KEY=only-for-collectstatic
RUN make static

FROM python:3.13-slim-bookworm
WORKDIR /portal
COPY --from=build /portal /portal
# The one place it writes to. As the build made it, it is empty and belongs to the user below.
COPY --from=build --chown=10001:10001 /data /data
ENV PATH=/portal/.venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data STATIC_COLLECTED=true BIND=0.0.0.0
USER 10001:10001
EXPOSE 8000
CMD ["python", "manage.py", "portal"]
