"""From a document's `train.data` to arrays: read, check, split. NumPy only; Keras is not imported."""

from zoo.data.dataset import Dataset as Dataset
from zoo.data.loading import load_data as load_data
from zoo.data.python import as_dataset as as_dataset

__all__ = ["Dataset", "as_dataset", "load_data"]
