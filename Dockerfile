# One image for the service, the workers and the migrations. The last stage holds Python, what the lock file names, and
# Gradus, both compiled to bytecode; the libraries are a layer of their own, which a change of our code leaves as it is.
FROM python:3.13-slim AS libraries
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY requirements-uv.lock .
RUN pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-uv.lock \
 && uv venv --quiet --no-cache --python "$(command -v python3)" /opt/libraries
# extras by name: `images` has a net for photographs, 19 MB; `onnx-features` runs others, 100 MB
ARG GRADUS_EXTRAS=images
COPY requirements.lock requirements-baselines.lock requirements-images.lock requirements-onnx-features.lock requirements-onnx.lock requirements-sweeps.lock ./
RUN for extra in "" $GRADUS_EXTRAS; do \
      uv pip install --quiet --no-cache --python /opt/libraries/bin/python --require-hashes -r "requirements${extra:+-$extra}.lock" || exit 1; \
    done

FROM libraries AS gradus
WORKDIR /source
COPY . .
RUN uv pip install --quiet --no-cache --python /opt/libraries/bin/python --no-deps --target /opt/gradus .

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin gradus \
 && install -d -o gradus -g gradus -m 0700 /data
ENV PATH=/opt/gradus/bin:/opt/libraries/bin:$PATH PYTHONPATH=/opt/gradus PYTHONUNBUFFERED=1 GRADUS_DATA_DIR=/data
# glibc keeps memory that is free again, for the next body of many rows (gradus/launcher/commands.py)
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=8388608 MALLOC_TRIM_THRESHOLD_=33554432
COPY --from=libraries /opt/libraries /opt/libraries
COPY --from=gradus /opt/gradus /opt/gradus
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "service"]
