"""Hover text for editors of what has no text of its own in the models: arguments that many layers share."""

from typing import Any

FIELDS = {
    "activation": "Name of the function applied to the output; linear for none.",
    "use_bias": "Add a learned bias to every output channel.",
    "padding": "`valid`: the window stays inside the image; `same`: zeros around it.",
    "axis": "The axis, with the batch axis as 0; negative counts from the end.",
    "seed": "Fixes what is drawn at random.",
    "alpha": "Scale of the part below zero.",
    "negative_slope": "Slope below zero.",
    "scale": "Factor on every value.",
    "offset": "Added to every value after scaling.",
    "learning_rate": "Length of a step along the gradient.",
    "momentum": "Fraction of the last step that is taken again.",
    "nesterov": "Look at the gradient where momentum leads to (Nesterov).",
    "rho": "Fraction of the old moving average kept at each step.",
    "epsilon": "Added to the divisor, so that it is never zero.",
    "centered": "Subtract the gradient's mean before its size is measured.",
    "beta_1": "Fraction of the gradient's moving average kept at each step.",
    "beta_2": "Fraction of the squared gradient's moving average kept at each step.",
    "amsgrad": "Divide by the largest of all averages so far instead of the last one.",
    "monitor": "The value that has to improve, of those that training reports.",
    "early_stopping": "End training when the monitored value stops improving; null trains all epochs.",
    "data": "Where the examples come from: a file or a folder of yours, or a dataset by name.",
    "optimizer": "The optimizer by Keras' name.",
    "loss": "The loss by Keras' name.",
    "from": "Name of the step that computes it.",
    "output_mode": "Form of the output: int for codes, else vectors over the vocabulary.",
    "height": "Rows of the output, in pixels.",
    "width": "Columns of the output, in pixels.",
    "num_bins": "Number of codes that the values are hashed to.",
    "vocabulary_dtype": "Type of the codes in the vocabulary.",
    "max_value": "Largest value, or largest norm of a constraint.",
    "min_value": "Smallest value, or smallest norm of a constraint.",
    "value": "The value that everything starts with.",
    "factor": "Strength of the penalty.",
    "gain": "Factor on the orthogonal matrix.",
    "mode": "What the scale or the penalty goes by.",
    "distribution": "What is drawn from: truncated_normal, untruncated_normal or uniform.",
    "mean": "Mean of what is drawn.",
    "stddev": "Standard deviation of what is drawn.",
    "minval": "Smallest value that is drawn.",
    "maxval": "Largest value that is drawn.",
    "interpolation": "How values between pixels are found.",
    "fill_mode": "What stands outside the image.",
    "antialias": "Smooth before making smaller.",
    "encoding": "How text is stored as bytes.",
    "standardize": "What is done to the text before it is split, null for nothing.",
    "split": "Where the text is cut into words, null for nowhere.",
}
"""By argument name; a text under a model's own field wins."""

ENDINGS = {
    "_initializer": "How the {} starts.",
    "_regularizer": "Penalty on the {} that is added to the loss: {{l1: …, l2: …}}, or null.",
    "_constraint": "What the {} is held to after each step, or null.",
}

KERNELS = ("recurrent", "depthwise", "pointwise")
"""What is said of a kernel in arguments of layers that have others as well."""

SECTIONS = {
    "name": "name of the model: letters, digits and underscores",
    "summary": "one sentence on the model",
    "source": "where it was published",
    "published": "accuracy that was published, with its source",
    "expects": "published figures that `zoo validate` holds the model to",
    "limits": "what the model may cost: params, macs, memory; zoo validate holds it to them",
    "extends": "a shipped model, or a file beside this one, that this spec changes",
    "params": "named values: set with --set, referred to as $name, searched",
    "input": "the model's input: {shape: [height, width, channels]} without the batch axis",
    "inputs": "several inputs by name, instead of input",
    "defaults": "arguments by kind of step; a step's own win",
    "blocks": "bodies with params of their own, used as steps",
    "body": "the steps, one after the other; with extends also a mapping of named steps to what changes",
    "top": "name of the step at which the classifier begins: what include_top=False leaves out",
    "original": "the model of keras.applications whose published weights fit",
    "weights": "weights to start from: imagenet for those published for the original, or the path of a run",
    "adapted": "what a run measured on its training examples, by layer; zoo train writes it",
    "outputs": "several outputs: names to steps; without it the last step is the output",
    "train": "how the model is trained",
    "search": "which params are searched, and how",
    "export": "what an export can be asked besides the model's own inputs and outputs",
    "lint": "advice that zoo lint is not to give",
}

DEFAULTS: dict[str, Any] = {
    "name": "my_model",
    "summary": "",
    "source": "",
    "published": {},
    "expects": {},
    "limits": {},
    "extends": "",
    "params": {},
    "input": {"shape": [224, 224, 3]},
    "inputs": {},
    "defaults": {},
    "blocks": {},
    "body": [],
    "top": "",
    "original": {},
    "weights": "imagenet",
    "adapted": {},
    "outputs": {},
    "train": {},
    "search": {},
    "export": {},
    "lint": {},
}
"""What a section starts from in an editor."""

BLOCK_PARAMS = "params of the block by name, each with its default, or the word required"
BLOCK_BODY = "the steps of the block"

TRAIN_DEFAULTS = {"data": "digits", "optimizer": "Adam", "loss": "SparseCategoricalCrossentropy"}


def text_of_field(name: str) -> str | None:
    """The shared text of an argument, None where there is none.

    >>> text_of_field("bias_initializer"), text_of_field("units") is None
    ('How the bias starts.', True)
    """
    for ending, text in ENDINGS.items():
        if name.endswith(ending):
            weight = name.removesuffix(ending).replace("_", " ")
            return text.format(f"{weight} kernel" if weight in KERNELS else weight)
    return FIELDS.get(name)
