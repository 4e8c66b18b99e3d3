"""Presses Ctrl-C at moments inside of Keras's `fit`, and notes what `fit` makes of it."""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Watch:
    """What has happened inside of `fit`, and where Ctrl-C is still to be pressed.

    Attributes:
        presses: place -> how often: "fit begins", "step N" (a call of Keras's function for up to
            `steps_per_execution` steps, counted from 1 through all of them), "an epoch ends",
            "predict". A place is used up when it is reached.
        steps: how often Keras took steps.
        ends: of each `fit`, "returns" or "raises".
    """

    presses: dict[str, int]
    steps: int = 0
    ends: list[str] = field(default_factory=list)

    def press(self, place: str) -> None:
        """Press Ctrl-C here, if it is to be pressed here."""
        for _ in range(self.presses.pop(place, 0)):
            signal.raise_signal(signal.SIGINT)


def watch_fit(presses: dict[str, int], replace: Callable = setattr) -> Watch:
    """Watch `fit` in this process.

    Args:
        presses: where Ctrl-C is pressed, as in Watch.
        replace: sets an attribute of a class of Keras; monkeypatch.setattr sets it back later.
    """
    import keras

    watch = Watch(presses)

    def fit(*given, fit=keras.Model.fit, **more):
        watch.ends.append("raises")
        watch.press("fit begins")
        fit(*given, **more)
        watch.ends[-1] = "returns"

    def make(model, make=keras.Model.make_train_function):
        make(model)
        steps = model.train_function

        def step(iterator):
            watch.steps += 1
            watch.press(f"step {watch.steps}")
            return steps(iterator)

        model.train_function = step

    def finish(callbacks, *given, finish=keras.callbacks.CallbackList.on_epoch_end):
        watch.press("an epoch ends")
        finish(callbacks, *given)

    def predict(*given, predict=keras.Model.predict, **more):
        watch.press("predict")
        return predict(*given, **more)

    replace(keras.Model, "fit", fit)
    replace(keras.Model, "make_train_function", make)
    replace(keras.Model, "predict", predict)
    replace(keras.callbacks.CallbackList, "on_epoch_end", finish)
    return watch
