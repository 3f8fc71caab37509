"""The widgets of Dash Mantine Components that pages use, typed as components."""

from collections.abc import Callable

import dash_mantine_components as dmc
from dash.development.base_component import Component

Widget = Callable[..., Component]

MantineProvider: Widget = dmc.MantineProvider
MultiSelect: Widget = dmc.MultiSelect
PasswordInput: Widget = dmc.PasswordInput
Progress: Widget = dmc.Progress
Select: Widget = dmc.Select
Slider: Widget = dmc.Slider
TextInput: Widget = dmc.TextInput
Textarea: Widget = dmc.Textarea
