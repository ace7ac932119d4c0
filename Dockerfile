# Protocol Guide as an image: docker build -t protocol-guide .      with Teams: --build-arg EXTRAS=[teams]
# It runs as nobody in particular, writes to /data alone, and is made for a read-only root with /tmp in memory.

ARG PYTHON=python:3.12.11-slim-bookworm

FROM ${PYTHON} AS built
ARG EXTRAS=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python -m venv /opt/guide
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY knowledge knowledge
COPY intents intents
COPY bot bot
RUN /opt/guide/bin/pip install ".${EXTRAS}"

FROM built AS tried
RUN /opt/guide/bin/protocol-guide check
RUN /opt/guide/bin/pip uninstall --yes pip

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --home-dir /data guide \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=tried /opt/guide /opt/guide
ENV PATH=/opt/guide/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PROTOCOL_GUIDE_HOST=0.0.0.0 \
    PROTOCOL_GUIDE_PORT=3000 \
    PROTOCOL_GUIDE_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz', timeout=2)"]
ENTRYPOINT ["protocol-guide"]
CMD ["serve"]
