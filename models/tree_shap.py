"""What each feature adds to a sum of trees: path-dependent Shapley values.

The game of Lundberg et al. (Nature Machine Intelligence 2020, algorithm 2; LightGBM
plays it too): a tree that knows only some features follows those, and at splits by
others takes both children in their shares of the training rows. To a leaf's value,
feature i of its path is a factor: h (1 if the run goes the leaf's way at all splits by
i, else 0) when known, z (product of the shares) when not. The Shapley value of a
product is an integral over t in [0, 1] (Owen, Management Science 1972),

    leaf * integral of (h_i - z_i) / F_i(t) * prod_j F_j(t),  F_j = h_j t + z_j (1 - t)

of a polynomial of degree d - 1 for d features, which ceil(d / 2) Gauss points give
exactly. At each point the products of all leaves take one pass down the tree and their
sums one pass up (the idea of Linear TreeSHAP, Yu et al., NeurIPS 2022, without its
polynomials). No terms cancel in a product, so deep trees lose no digits.
"""

from __future__ import annotations

import functools

import numpy as np
from numba import njit


@functools.cache
def gauss_rules(maximum_depth: int) -> np.ndarray:
    """Return points and weights on [0, 1] for up to `maximum_depth` features.

    Returns
    -------
    (n_rules, 2, n_rules) float64
        Rule n has n + 1 points; the rest is zero.
    """
    n_rules = (maximum_depth + 1) // 2
    rules = np.zeros((n_rules, 2, n_rules))
    for n in range(n_rules):
        points, weights = np.polynomial.legendre.leggauss(n + 1)
        rules[n, 0, : n + 1] = (points + 1) / 2
        rules[n, 1, : n + 1] = weights / 2
    return rules


@njit(cache=True, nogil=True, error_model="numpy")
def add_contributions(
    total: np.ndarray,
    X: np.ndarray,
    scale: float,
    first_tree: int,
    end_tree: int,
    rules: np.ndarray,
    leaf_cover: np.ndarray,
    tree_start: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    nan_left: np.ndarray,
    children: np.ndarray,
    leaf_value: np.ndarray,
) -> float:
    """Add the contributions of some trees, times `scale`, to `total`.

    The arrays are those of `FlatTrees`, which has checked them; here nothing is.

    Parameters
    ----------
    total : (n_runs, n_features) float64
    X : (n_runs, n_features) float32
    rules : see `gauss_rules`

    Returns
    -------
    float
        Mean of the trees over their training rows, times `scale`.
    """
    most = 0
    for tree in range(first_tree, end_tree):
        most = max(most, tree_start[tree + 1] - tree_start[tree])
    # nodes of a tree: its splits, then its leaves; the root is node 0
    parent = np.zeros(2 * most + 1, dtype=np.int64)
    side = np.zeros(2 * most + 1, dtype=np.int64)
    earlier = np.zeros(2 * most + 1, dtype=np.int64)
    # of the feature that the parent splits by, over the path down to the node
    z = np.empty(2 * most + 1)
    h = np.ones(2 * most + 1)
    followed = np.empty(most, dtype=np.int64)
    product = np.empty((2 * most + 1, len(rules)))
    inverse = np.empty((2 * most + 1, len(rules)))
    expected = 0.0
    for tree in range(first_tree, end_tree):
        start, end = tree_start[tree], tree_start[tree + 1]
        columns = feature[start:end]
        values = leaf_value[start + tree : end + tree + 1]
        cover = leaf_cover[start + tree : end + tree + 1]
        expected += scale * _mean(values, cover)
        if start == end:
            continue
        depth = _prepare(children[start:end], columns, cover, parent, side, earlier, z)
        n_points = (depth + 1) // 2
        points, weights = rules[n_points - 1, 0], rules[n_points - 1, 1]
        for run in range(len(X)):
            for node in range(end - start):
                value = X[run, columns[node]]
                followed[node] = 1 - (
                    (value <= threshold[start + node])
                    | (np.isnan(value) & nan_left[start + node])
                )
            for node in range(1, 2 * (end - start) + 1):
                up = parent[node]
                h[node] = h[earlier[node]] * (followed[up] == side[node])
            _add_tree(
                total[run],
                scale,
                values,
                columns,
                parent,
                earlier,
                z,
                h,
                points[:n_points],
                weights,
                product,
                inverse,
            )
    return expected


@njit(cache=True, nogil=True)
def _mean(values: np.ndarray, cover: np.ndarray) -> float:
    """Return the mean of a tree over its training rows."""
    total, rows = 0.0, 0.0
    for leaf in range(len(values)):
        total += values[leaf] * cover[leaf]
        rows += cover[leaf]
    return total / rows


@njit(cache=True, nogil=True, error_model="numpy")
def _prepare(
    children: np.ndarray,
    columns: np.ndarray,
    cover: np.ndarray,
    parent: np.ndarray,
    side: np.ndarray,
    earlier: np.ndarray,
    z: np.ndarray,
) -> int:
    """Describe the nodes of a tree for all runs; return its depth.

    Sets every node's parent, its side there, the nearest node above it (or the root)
    that a split by the same feature led to, and z of that feature so far.
    """
    n = len(children)
    rows = z  # first the rows of a node, from which the shares follow
    for leaf in range(n + 1):
        rows[n + leaf] = cover[leaf]
    # children come after their parents: this order meets children first
    for node in range(n - 1, -1, -1):
        rows[node] = 0.0
        for way in range(2):
            child = np.int64(children[node, way])
            child = child if child >= 0 else n - child - 1
            parent[child], side[child] = node, way
            rows[node] += rows[child]
    for node in range(2 * n, 0, -1):
        z[node] = rows[node] / rows[parent[node]]
    z[0] = 1.0
    depth = 0
    for node in range(1, 2 * n + 1):
        column, above, level = columns[parent[node]], parent[node], 1
        earlier[node] = 0
        while above:
            if not earlier[node] and columns[parent[above]] == column:
                earlier[node] = above
            above = parent[above]
            level += 1
        z[node] *= z[earlier[node]]
        depth = max(depth, level)
    return depth


@njit(cache=True, nogil=True, error_model="numpy")
def _add_tree(
    total: np.ndarray,
    scale: float,
    values: np.ndarray,
    columns: np.ndarray,
    parent: np.ndarray,
    earlier: np.ndarray,
    z: np.ndarray,
    h: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    product: np.ndarray,
    inverse: np.ndarray,
) -> None:
    """Add a tree's contributions, times `scale`, to one run's `total`."""
    n = len(columns)
    for q in range(len(points)):
        product[0, q], inverse[0, q] = scale, 1.0
    for node in range(1, 2 * n + 1):
        up, before = parent[node], earlier[node]
        for q in range(len(points)):
            factor = h[node] * points[q] + z[node] * (1 - points[q])
            inverse[node, q] = 1 / factor
            # a feature that was on the path already has its factor replaced
            product[node, q] = product[up, q] * inverse[before, q] * factor
    # from here on a split's entry is the sum over the leaves below it
    for node in range(n):
        for q in range(len(points)):
            product[node, q] = 0.0
    for node in range(2 * n, 0, -1):
        up, before = parent[node], earlier[node]
        value = values[node - n] if node >= n else 1.0
        own, replaced = h[node] - z[node], h[before] - z[before]
        gain = 0.0
        for q in range(len(points)):
            below = product[node, q] * value
            product[up, q] += below
            gain += (
                weights[q]
                * below
                * (own * inverse[node, q] - replaced * inverse[before, q])
            )
        total[columns[up]] += gain
