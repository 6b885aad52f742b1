"""Quantiles against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goodsmith.trials.quantiles import beta_mass, beta_quantile, t_quantile

shapes = st.floats(0.5, 100_000)
chances = st.sampled_from([0.005, 0.025, 0.05, 0.5, 0.95, 0.975, 0.995])


@given(chances, shapes, shapes)
def test_quantiles_of_the_beta_distribution_are_those_of_scipy(p, a, b):
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-6, abs=1e-10)


@given(st.floats(0, 1), shapes, shapes)
def test_the_mass_left_of_a_point_is_that_of_scipy(x, a, b):
    assert beta_mass(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-6, abs=1e-10)


@given(chances, st.floats(1, 10_000))
def test_quantiles_of_students_t_are_those_of_scipy(p, df):
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-7, abs=1e-9)
