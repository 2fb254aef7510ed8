"""Graph → text and JSON, without Keras."""

from specs.render.json import graph_json as graph_json
from specs.render.table import graph_table as graph_table
from specs.render.table import models_table as models_table

__all__ = ["graph_json", "graph_table", "models_table"]
