"""An HTTP server for one export, with TensorFlow Serving's REST paths and JSON: docs/decisions/0021."""
