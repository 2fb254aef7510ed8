"""Boxes and arrows in layers: the method of Sugiyama, Tagawa and Toda 1981, with fixed numbers of sweeps.

Each box stands below all that it takes. An arrow over several layers goes through a place of its own in each of them,
so that none runs over a box. The same boxes and arrows are always drawn alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SWEEPS, PULLS = 8, 60
GAP, LANE = 14.0, 10.0
"""Pixels between two boxes of a layer, and the width of a place that an arrow goes through."""

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where boxes stand: the middle of each, by layer from 0, and the places that each arrow goes through."""

    centres: tuple[float, ...]
    layers: tuple[int, ...]
    routes: Mapping[Edge, tuple[tuple[float, int], ...]]
    width: float


@dataclass(frozen=True, slots=True)
class _Mesh:
    """Boxes, and behind them the lanes of long arrows, all arrows from one layer to the next."""

    widths: list[float]
    layers: list[int]
    edges: list[Edge]
    lanes: dict[Edge, list[int]]


def layered(widths: Sequence[float], edges: Sequence[Edge]) -> Layout:
    """Places boxes of these widths; each edge goes from a box to one with a larger number.

    >>> found = layered([40, 40, 40, 40], [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)])
    >>> found.layers, [round(x) for x in found.centres], found.width
    ((0, 1, 1, 2), [69, 20, 74, 67], 118.0)
    """
    mesh = _mesh(widths, edges)
    order = _ordered(mesh)
    places = _spread(mesh, order)
    left = min(x - width / 2 for x, width in zip(places, mesh.widths, strict=True))
    places = [x - left for x in places]
    right = max(x + width / 2 for x, width in zip(places, mesh.widths, strict=True))
    count = len(widths)
    routes = {edge: tuple((places[lane], mesh.layers[lane]) for lane in lanes) for edge, lanes in mesh.lanes.items()}
    return Layout(tuple(places[:count]), tuple(mesh.layers[:count]), routes, right)


def _mesh(widths: Sequence[float], edges: Sequence[Edge]) -> _Mesh:
    layers = [0] * len(widths)
    for start, end in sorted(edges):
        layers[end] = max(layers[end], layers[start] + 1)
    mesh = _Mesh(list(widths), layers, [], {})
    for start, end in edges:
        before, lanes = start, []
        for layer in range(layers[start] + 1, layers[end]):
            mesh.widths.append(LANE)
            mesh.layers.append(layer)
            lanes.append(len(mesh.widths) - 1)
            mesh.edges.append((before, lanes[-1]))
            before = lanes[-1]
        mesh.edges.append((before, end))
        mesh.lanes[start, end] = lanes
    return mesh


def _ordered(mesh: _Mesh) -> list[list[int]]:
    """The boxes and lanes of each layer from left to right: each as near as can be to the middle of its neighbours."""
    order = [[box for box, layer in enumerate(mesh.layers) if layer == each] for each in range(max(mesh.layers) + 1)]
    best, fewest = order, _crossings(mesh, order)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        order = [list(layer) for layer in order]
        for number in range(1, len(order)) if down else range(len(order) - 2, -1, -1):
            beside = order[number - 1 if down else number + 1]
            place = {box: float(index) for index, box in enumerate(beside)}
            own = {box: float(index) for index, box in enumerate(order[number])}
            order[number].sort(key=lambda box, p=place, o=own, d=down: _middle(mesh, box, p, o[box], d))  # type: ignore[misc]
        crossings = _crossings(mesh, order)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _middle(mesh: _Mesh, box: int, place: Mapping[int, float], own: float, down: bool) -> float:
    near = [place[start if down else end] for start, end in mesh.edges if (end if down else start) == box]
    return sum(near) / len(near) if near else own


def _crossings(mesh: _Mesh, order: Sequence[Sequence[int]]) -> int:
    place = {box: index for layer in order for index, box in enumerate(layer)}
    found = 0
    for number in range(len(order) - 1):
        between = [(place[a], place[b]) for a, b in mesh.edges if mesh.layers[a] == number]
        found += sum((a - c) * (b - d) < 0 for at, (a, b) in enumerate(between) for c, d in between[at + 1 :])
    return found


def _spread(mesh: _Mesh, order: Sequence[Sequence[int]]) -> list[float]:
    """The middle of each box and lane: pulled to its neighbours, as far as those beside it let it."""
    places = [0.0] * len(mesh.widths)
    near: list[list[int]] = [[] for _ in places]
    for start, end in mesh.edges:
        near[start].append(end)
        near[end].append(start)
    for layer in order:
        _apart(mesh, layer, places)
    for sweep in range(PULLS):
        for layer in order if sweep % 2 == 0 else reversed(order):
            for box in layer:
                if near[box]:
                    places[box] = sum(places[each] for each in near[box]) / len(near[box])
            _apart(mesh, layer, places)
    return places


def _apart(mesh: _Mesh, layer: Sequence[int], places: list[float]) -> None:
    """Moves those of a layer apart that stand on each other, half to the left and half to the right."""
    wanted = [places[box] for box in layer]
    right, left = list(wanted), list(wanted)
    for index in range(1, len(layer)):
        right[index] = max(right[index], right[index - 1] + _distance(mesh, layer, index))
    for index in range(len(layer) - 2, -1, -1):
        left[index] = min(left[index], left[index + 1] - _distance(mesh, layer, index + 1))
    for box, one, other in zip(layer, left, right, strict=True):
        places[box] = (one + other) / 2


def _distance(mesh: _Mesh, layer: Sequence[int], index: int) -> float:
    return (mesh.widths[layer[index - 1]] + mesh.widths[layer[index]]) / 2 + GAP
