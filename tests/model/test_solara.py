"""A page of SolaraViz with the model: drawn, stepped, reset with other parameters. It needs `mesa[viz]`, which `.ci/run` brings."""

from __future__ import annotations

from typing import Any

import pytest

from cisim.mesa_model import CollectiveImpactModel
from mesa_models import SHORT, Fatigue

solara = pytest.importorskip("solara", reason="mesa[viz] is not installed")
#: SolaraViz, Solara and ipywidgets warn of one another's coming changes.
pytestmark = pytest.mark.filterwarnings("ignore")


class Page:
    """What a browser shows of a model."""

    def __init__(self, model: CollectiveImpactModel, parameters: dict[str, Any]) -> None:
        from mesa.visualization import SolaraViz, make_plot_component

        self.reactive = solara.reactive(model)
        plots = [make_plot_component(["progress", "commitment"])]

        @solara.component
        def page() -> None:
            with solara.AppLayout():
                SolaraViz(self.reactive, components=plots, model_params=parameters)

        _, self.shown = solara.render(page(), handle_error=False)

    @property
    def model(self) -> Any:
        return self.reactive.value

    def find(self, kind: str) -> list[Any]:
        import ipyvuetify
        import ipywidgets

        widgets = self.shown.find(getattr(ipyvuetify, kind, None) or getattr(ipywidgets, kind))
        return [found.widget for found in widgets]

    def click(self, label: str) -> None:
        (button,) = [button for button in self.find("Btn") if button.children[-1:] == [label]]
        button.click()
        assert not self.find("Alert"), "SolaraViz shows an error"


def test_a_page_draws_the_model_steps_it_and_resets_it_with_other_parameters() -> None:
    choice = {"type": "Select", "value": "all-five", "values": ["all-five", "isolated-impact"]}
    seed = {"type": "InputText", "value": "3"}
    page = Page(CollectiveImpactModel("all-five", seed=3), {"config": choice, "seed": seed})
    (picture,) = page.find("Image")
    before = bytes(picture.value)
    page.click("Step")
    page.click("Step")
    assert page.model.month == 2
    assert bytes(page.find("Image")[0].value) != before
    again = CollectiveImpactModel("all-five", seed=3)
    again.step()
    again.step()
    assert page.model.records.tobytes() == again.records.tobytes()
    page.find("Select")[0].v_model = "isolated-impact"
    page.click("Reset")
    assert (page.model.month, page.model.seed, page.model.config.name) == (0, 3, "isolated impact")
    page.click("Step")
    assert page.model.month == 1


class Dialled(Fatigue):
    """SolaraViz wants to know the parameters by name: it gives models with `**kwargs` more than they take."""

    def __init__(self, rate: float = 0.01, seed: int | None = None) -> None:
        super().__init__(SHORT, rate=rate, seed=seed)


def test_a_page_of_a_users_model_without_a_seed_has_a_new_one_after_each_reset() -> None:
    first = Dialled()
    page = Page(first, {"rate": {"type": "SliderFloat", "value": 0.02, "min": 0.0, "max": 0.1, "step": 0.01}})
    page.click("Step")
    page.click("Reset")
    assert (type(page.model), page.model.rate) == (Dialled, 0.02)
    assert page.model.seed != first.seed
    page.click("Step")
    assert page.model.month == 1
