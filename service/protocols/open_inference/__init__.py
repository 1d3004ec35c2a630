"""The Open Inference Protocol, version 2 (REST), which KServe, Triton and MLServer speak, under /v2."""
