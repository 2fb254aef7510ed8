"""What `specs` offers: listed, sorted and documented; the tables by layer have the same keys."""

import importlib
import inspect
import pkgutil

import pytest

import specs
from specs.errors import SpeczooError
from specs.expand.builder import _VERBS
from specs.infer import INFER, MERGING
from specs.ops import OPS
from specs.ops.base import Frozen
from specs.step import LAYERS

MODULES = [name for _, name, _ in pkgutil.walk_packages(specs.__path__, "specs.")]


def test_all_is_sorted_complete_and_documented() -> None:
    assert specs.__all__ == sorted(specs.__all__)
    for name in specs.__all__:
        assert inspect.getdoc(getattr(specs, name)), f"specs.{name} has no docstring"


@pytest.mark.parametrize("name", MODULES)
def test_module(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    listed = getattr(module, "__all__", None)
    assert listed is None or all(hasattr(module, each) for each in listed)
    for own, each in vars(module).items():
        if getattr(each, "__module__", None) == name and not own.startswith("_") and inspect.isroutine(each):
            assert inspect.getdoc(each), f"{name}.{own} has no docstring"
        if inspect.isclass(each) and each.__module__ == name and not own.startswith("_"):
            assert each.__doc__, f"{name}.{own} has no docstring"


def test_layers_have_a_model_and_a_rule() -> None:
    assert set(OPS) == set(INFER)
    assert set(LAYERS) == set(OPS) - {"InputLayer"}
    assert set(_VERBS) == MERGING
    assert all(name == model.__name__ for name, model in OPS.items())


def _models(model: type[Frozen]) -> list[type[Frozen]]:
    return [each for child in model.__subclasses__() for each in (child, *_models(child))]


@pytest.mark.parametrize("model", _models(Frozen), ids=lambda model: model.__name__)
def test_models_are_strict_closed_and_frozen(model: type[Frozen]) -> None:
    config = model.model_config
    assert (config["frozen"], config["extra"], config["strict"]) == (True, "forbid", True)
    assert config["allow_inf_nan"] is False


def test_errors_have_one_root_and_exit_codes() -> None:
    assert SpeczooError.exit_code == 1
    assert specs.UserError.exit_code == specs.SpecError.exit_code == 2
    assert issubclass(specs.SpecError, specs.UserError)
