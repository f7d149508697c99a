"""Our kinds keep the contract that a kind of another package inherits."""

from dataclasses import replace

import pytest

from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.testing import KindContract


class TestChain(KindContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return load("efficientpose_micro")


class TestChainWithSkips(KindContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return replace(load("efficientpose_small"), input=(64, 64))


class TestMobile(KindContract):
    members = 3

    @pytest.fixture
    def space(self) -> SearchSpace:
        return replace(load("mobile_pose"), input=(128, 128))


class TestHeads(KindContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return load("heads_micro")


class TestBranches(KindContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return load("hrnet_micro")


class TestBranchesCounted(KindContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return replace(load("hrnet"), input=(64, 64))


class TestCell(KindContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return load("darts_micro")


class TestResidual(KindContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return replace(load("simplebaseline"), input=(64, 64))
