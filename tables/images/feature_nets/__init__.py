"""Nets that others trained on millions of pictures, by which a few photographs are enough to learn from.

Such a net makes features of a picture. The one of the extra `images` is computed in NumPy; an operator may name any
other, as a file of ONNX, which ONNX Runtime computes.
"""

from tables.images.feature_nets.installed import (
    MissingFeatureNet,
    find_feature_graph,
    find_feature_net,
    find_net_file,
    load_feature_net,
    read_package_tensors,
    use_net_file,
)
from tables.images.feature_nets.protocol import PictureNet

__all__ = [
    "MissingFeatureNet",
    "PictureNet",
    "find_feature_graph",
    "find_feature_net",
    "find_net_file",
    "load_feature_net",
    "read_package_tensors",
    "use_net_file",
]
