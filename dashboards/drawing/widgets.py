"""The widgets of Dash Mantine Components that pages use, typed as components."""

from collections.abc import Callable
from functools import partial

import dash_mantine_components as dmc
from dash.development.base_component import Component

Widget = Callable[..., Component]

CLOSED = {"keepMounted": False}
"""Of lists to choose from: what can be chosen is made when they are opened, not with the page."""

MantineProvider: Widget = dmc.MantineProvider
MultiSelect: Widget = partial(dmc.MultiSelect, comboboxProps=CLOSED)
PasswordInput: Widget = dmc.PasswordInput
Progress: Widget = dmc.Progress
Select: Widget = partial(dmc.Select, comboboxProps=CLOSED)
Slider: Widget = dmc.Slider
TextInput: Widget = dmc.TextInput
Textarea: Widget = dmc.Textarea
