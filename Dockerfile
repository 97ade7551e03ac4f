# The web app for a server: see docs/hosting.md.
#
#   docker build --tag enformer-browser .                                   on processors
#   docker build --tag enformer-browser --build-arg VARIANT=cuda .          on NVIDIA GPUs
#
# The base is given by tag. To pin what is built to the byte, give its digest as well:
#   --build-arg PYTHON_IMAGE=python:3.12-slim@sha256:...    (docker buildx imagetools inspect python:3.12-slim)
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
ARG VARIANT=cpu
ARG TORCH_INDEX=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=1
WORKDIR /build
COPY requirements/build.lock requirements/run.lock requirements/login.lock requirements/torch.txt requirements/
# Two environments: one to build with, which stays behind, and one without pip, which is all that the image gets.
RUN python3 -m venv /build/tools && python3 -m venv --without-pip /opt/enformer \
    && /build/tools/bin/pip install --no-deps --require-hashes --only-binary :all: -r requirements/build.lock
RUN /build/tools/bin/pip --python /opt/enformer/bin/python install --no-deps --require-hashes --only-binary :all: \
    -r requirements/run.lock -r requirements/login.lock
# PyPI's torch for Linux is the one with CUDA, and brings NVIDIA's libraries; the smaller one has an index of its own.
RUN case "${VARIANT:-cpu}" in \
        cpu) index=https://download.pytorch.org/whl/cpu ;; \
        cuda) index=https://pypi.org/simple ;; \
        *) echo "VARIANT is cpu or cuda, not ${VARIANT}" >&2; exit 2 ;; \
    esac \
    && /build/tools/bin/pip --python /opt/enformer/bin/python install --only-binary :all: \
        --index-url "${TORCH_INDEX:-$index}" -r requirements/torch.txt
COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY assets assets
COPY pages pages
COPY enformer_core enformer_core
RUN /build/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheel . \
    && /build/tools/bin/pip --python /opt/enformer/bin/python install --no-deps --no-index /build/wheel/*.whl
# What only those need who compile against these packages or test them.
RUN cd /opt/enformer/lib/python3*/site-packages \
    && rm -r torch/include torch/test pyarrow/include pyarrow/tests pandas/tests

FROM ${PYTHON_IMAGE} AS run
# The folders exist with their owner, so that new volumes are given the same.
RUN groupadd --gid 10001 enformer \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /home/enformer --shell /usr/sbin/nologin enformer \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data /cache \
    && install --directory /home/enformer/.streamlit
COPY --from=build /opt/enformer /opt/enformer
ENV PATH=/opt/enformer/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/home/enformer \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    ENFORMER_DATA_DIR=/data \
    ENFORMER_CACHE_DIR=/cache \
    ENFORMER_HOSTED=1
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/cache"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=8)"]
ENTRYPOINT ["enformer-browser"]
CMD ["app", "--host", "0.0.0.0", "--hosted", "--no-browser"]
