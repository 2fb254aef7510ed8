"""Names that other frameworks, papers and people have for what the language has under Keras' names.

By the foreign word in lower case: what it may mean, the likeliest first. A meaning counts only where it is one of the
names that can stand at the place: `stride` means `strides` of a convolution, and nothing in a Dense layer.
"""

_POOLS = ("MaxPooling2D", "MaxPooling1D", "MaxPooling3D")
_AVERAGES = ("AveragePooling2D", "AveragePooling1D", "AveragePooling3D")
_GLOBAL = ("GlobalAveragePooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling3D")
_SIZE = ("kernel_size", "pool_size")
_CHANNELS = ("filters", "units")

_LAYERS = {
    **dict.fromkeys(("batchnorm", "bn", "batch_norm", "batchnorm1d", "batchnorm2d", "batchnorm3d"),
                    ("BatchNormalization", "batch")),
    **dict.fromkeys(("layernorm", "ln", "layer_norm"), ("LayerNormalization", "layer")),
    **dict.fromkeys(("groupnorm", "gn", "group_norm"), ("GroupNormalization", "group")),
    **dict.fromkeys(("instancenorm", "instancenorm2d", "in", "instance_norm"), ("GroupNormalization", "instance")),
    **dict.fromkeys(("rmsnorm", "rms_norm"), ("RMSNormalization",)),
    **dict.fromkeys(("linear", "fc", "fullyconnected", "fully_connected", "innerproduct", "affine", "gemm"),
                    ("Dense",)),
    **dict.fromkeys(("convolution", "convolution2d", "convblock", "convbnrelu", "convolutional"), ("conv", "Conv2D")),
    **dict.fromkeys(("convtranspose2d", "conv_transpose", "deconv", "deconvolution", "transposedconv"),
                    ("Conv2DTranspose", "transposed")),
    **dict.fromkeys(("convtranspose1d",), ("Conv1DTranspose",)),
    **dict.fromkeys(("convtranspose3d",), ("Conv3DTranspose",)),
    **dict.fromkeys(("maxpool", "max_pool", "pool", "pooling"), _POOLS),
    **dict.fromkeys(("maxpool1d", "max_pool1d"), ("MaxPooling1D",)),
    **dict.fromkeys(("maxpool2d", "max_pool2d"), ("MaxPooling2D",)),
    **dict.fromkeys(("maxpool3d", "max_pool3d"), ("MaxPooling3D",)),
    **dict.fromkeys(("avgpool", "avg_pool", "meanpool"), _AVERAGES),
    **dict.fromkeys(("avgpool1d", "avg_pool1d"), ("AveragePooling1D",)),
    **dict.fromkeys(("avgpool2d", "avg_pool2d"), ("AveragePooling2D",)),
    **dict.fromkeys(("globalavgpool", "global_avg_pool", "gap", "globalpool", "globalaveragepool"), _GLOBAL),
    **dict.fromkeys(("adaptiveavgpool2d",), ("AdaptiveAveragePooling2D", "GlobalAveragePooling2D")),
    **dict.fromkeys(("adaptivemaxpool2d",), ("AdaptiveMaxPooling2D", "GlobalMaxPooling2D")),
    **dict.fromkeys(("dropout1d", "dropout2d", "dropout3d"), ("SpatialDropout2D",)),
    **dict.fromkeys(("upsample", "upsampling", "interpolate"), ("UpSampling2D",)),
    **dict.fromkeys(("pad", "zeropad2d", "padding2d"), ("ZeroPadding2D",)),
    **dict.fromkeys(("view", "unflatten"), ("Reshape",)),
    **dict.fromkeys(("transpose", "swapaxes"), ("Permute", "transposed")),
    **dict.fromkeys(("prelu", "p_relu"), ("PReLU",)),
    **dict.fromkeys(("sigmoid", "tanh", "gelu", "silu", "swish", "hardswish", "mish", "nonlinearity"),
                    ("Activation",)),
    **dict.fromkeys(("mha", "multihead_attn", "selfattention"), ("MultiHeadAttention",)),
    **dict.fromkeys(("rnn",), ("SimpleRNN",)),
    **dict.fromkeys(("skip", "shortcut", "resblock", "residualblock"), ("residual",)),
    **dict.fromkeys(("inception", "branches"), ("parallel",)),
}  # fmt: skip

_ARGUMENTS = {
    **dict.fromkeys(("out_channels", "channels", "n_filters", "num_filters", "num_outputs", "nb_filter", "width"),
                    _CHANNELS),
    **dict.fromkeys(("out_features", "hidden_size", "num_units", "neurons", "n_units", "output_dim", "dim"),
                    ("units", "filters", "output_dim")),
    **dict.fromkeys(("kernel", "ksize", "k", "kernel_shape", "filter_size", "window", "pool", "size"), _SIZE),
    **dict.fromkeys(("stride", "s", "subsample", "step"), ("strides",)),
    **dict.fromkeys(("pad", "pads", "border_mode"), ("padding",)),
    **dict.fromkeys(("dilation", "dilations", "atrous_rate"), ("dilation_rate",)),
    **dict.fromkeys(("bias", "has_bias", "with_bias"), ("use_bias",)),
    **dict.fromkeys(("p", "prob", "drop_prob", "drop_rate", "dropout", "dropout_rate"), ("rate", "drop_path")),
    **dict.fromkeys(("act", "nonlinearity", "activation_fn"), ("activation",)),
    **dict.fromkeys(("eps",), ("epsilon",)),
    **dict.fromkeys(("negative_slope", "alpha"), ("negative_slope", "alpha")),
    **dict.fromkeys(("lr",), ("learning_rate",)),
    **dict.fromkeys(("num_groups", "n_groups", "group"), ("groups",)),
    **dict.fromkeys(("num_embeddings", "vocab_size"), ("input_dim", "max_tokens")),
    **dict.fromkeys(("embedding_dim", "embed_dim"), ("output_dim", "key_dim")),
    **dict.fromkeys(("n_heads", "heads", "nhead"), ("num_heads",)),
    **dict.fromkeys(("shape", "dims", "new_shape"), ("target_shape", "dims")),
    **dict.fromkeys(("dim", "axes"), ("axis", "axes")),
    **dict.fromkeys(("init", "kernel_init", "weight_init", "init_w"), ("kernel_initializer",)),
    **dict.fromkeys(("bias_init",), ("bias_initializer",)),
    **dict.fromkeys(("regularizer", "weight_regularizer", "w_regularizer"), ("kernel_regularizer",)),
    **dict.fromkeys(("steps", "layers", "modules", "main"), ("body",)),
    **dict.fromkeys(("type", "variant"), ("kind",)),
    **dict.fromkeys(("normalization", "norm_layer"), ("norm",)),
    **dict.fromkeys(("times", "n", "count", "num_repeats", "number"), ("repeat",)),
}  # fmt: skip

_VALUES = {
    **dict.fromkeys(("none", "identity", "null", "no"), ("linear", "none", "identity", "valid")),
    **dict.fromkeys(("half", "zero_padding", "full"), ("same",)),
    **dict.fromkeys(("lrelu", "leakyrelu"), ("leaky_relu", "LeakyReLU")),
    **dict.fromkeys(("logistic",), ("sigmoid",)),
    **dict.fromkeys(("concat", "cat", "stack"), ("concatenate", "Concatenate")),
    **dict.fromkeys(("sum", "plus", "addition", "eltwise"), ("add", "Add")),
    **dict.fromkeys(("mul", "product", "prod", "times"), ("multiply", "Multiply", "repeat")),
    **dict.fromkeys(("avg", "mean"), ("average", "Average")),
    **dict.fromkeys(("max",), ("maximum", "max_value", "Maximum")),
    **dict.fromkeys(("min",), ("min_value", "minimum", "Minimum")),
    **dict.fromkeys(("conv", "normal", "plain"), ("standard", "random_normal", "RandomNormal")),
    **dict.fromkeys(("dw", "depth_wise"), ("depthwise",)),
    **dict.fromkeys(("conv1x1", "1x1", "downsample", "linear_projection"), ("projection",)),
    **dict.fromkeys(("pre", "preact", "pre-activation", "bn-relu-conv"), ("norm-act-conv",)),
    **dict.fromkeys(("post", "conv-bn-relu"), ("conv-norm-act",)),
    **dict.fromkeys(("he", "kaiming", "kaiming_normal", "msra"), ("he_normal", "HeNormal")),
    **dict.fromkeys(("kaiming_uniform",), ("he_uniform", "HeUniform")),
    **dict.fromkeys(("xavier", "glorot", "xavier_uniform"), ("glorot_uniform", "GlorotUniform")),
    **dict.fromkeys(("xavier_normal",), ("glorot_normal", "GlorotNormal")),
    **dict.fromkeys(("zero",), ("zeros", "Zeros")),
    **dict.fromkeys(("one",), ("ones", "Ones")),
    **dict.fromkeys(("uniform",), ("random_uniform", "RandomUniform")),
    **dict.fromkeys(("trunc_normal",), ("truncated_normal", "TruncatedNormal")),
    **dict.fromkeys(("crossentropy", "cross_entropy", "crossentropyloss", "categorical_crossentropy", "nll"),
                    ("SparseCategoricalCrossentropy",)),
    **dict.fromkeys(("sparse_categorical_crossentropy",), ("SparseCategoricalCrossentropy",)),
    **dict.fromkeys(("images", "folder", "imagefolder", "image_dataset_from_directory"), ("image_folder",)),
    **dict.fromkeys(("numpy", "arrays"), ("npz",)),
    **dict.fromkeys(("texts", "textfolder", "text_dataset_from_directory"), ("text_folder",)),
    **dict.fromkeys(("timeseries", "series", "timeseries_dataset_from_array"), ("time_series",)),
    **dict.fromkeys(("fashionmnist", "fmnist"), ("fashion_mnist",)),
    **dict.fromkeys(("mixture",), ("mix",)),
    **dict.fromkeys(("acc", "val_acc"), ("val_accuracy", "accuracy")),
    **dict.fromkeys(("bayes", "tpe", "gp"), ("bayesian",)),
    **dict.fromkeys(("asha", "bohb"), ("hyperband",)),
    **dict.fromkeys(("loguniform", "log10", "logarithmic"), ("log",)),
    **dict.fromkeys(("l2_regularizer", "ridge"), ("l2",)),
    **dict.fromkeys(("momentum_sgd",), ("SGD",)),
    **dict.fromkeys(("float", "fp32", "float_32"), ("float32",)),
    **dict.fromkeys(("int", "integer", "int_32", "long"), ("int32", "int64")),
    **dict.fromkeys(("str", "text"), ("string",)),
}  # fmt: skip

_KEYS = {
    **dict.fromkeys(("choices", "options", "choice"), ("values",)),
    **dict.fromkeys(("low", "lower", "minimum", "start"), ("min_value",)),
    **dict.fromkeys(("high", "upper", "maximum", "stop", "end"), ("max_value",)),
    **dict.fromkeys(("scale", "distribution"), ("sampling", "scale")),
    **dict.fromkeys(("max_trials", "n_trials", "num_trials"), ("trials",)),
    **dict.fromkeys(("algorithm", "tuner", "sampler"), ("oracle",)),
    **dict.fromkeys(("metric", "goal"), ("objective",)),
    **dict.fromkeys(("parameters", "ranges"), ("space", "params")),
    **dict.fromkeys(("layers", "model", "network", "architecture", "backbone", "steps", "sequence"), ("body",)),
    **dict.fromkeys(("hyperparameters", "hparams", "variables", "vars", "constants"), ("params",)),
    **dict.fromkeys(("tune", "tuning", "sweep", "hyperparameter_search"), ("search",)),
    **dict.fromkeys(("fit", "trainer", "optimisation"), ("train",)),
    **dict.fromkeys(("base", "parent", "inherits", "from", "_base_"), ("extends", "from")),
    **dict.fromkeys(("description", "doc"), ("summary",)),
    **dict.fromkeys(("paper", "reference", "url"), ("source",)),
    **dict.fromkeys(("modules", "definitions", "macros", "templates"), ("blocks", "body")),
    **dict.fromkeys(("dataset", "datasets"), ("data",)),
    **dict.fromkeys(("batchsize", "bs"), ("batch_size",)),
    **dict.fromkeys(("num_epochs", "n_epochs", "max_epochs"), ("epochs",)),
    **dict.fromkeys(("if", "condition", "enabled"), ("when",)),
    **dict.fromkeys(("times", "repeats", "number"), ("repeat",)),
    **dict.fromkeys(("inputs", "input", "bottom", "source"), ("from", "input", "inputs")),
    **dict.fromkeys(("id", "label"), ("name",)),
    **dict.fromkeys(("input_shape", "size", "dimensions"), ("shape", "kernel_size", "pool_size", "units")),
}  # fmt: skip


def _joined(*tables: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    words = dict.fromkeys(word for table in tables for word in table)
    return {word: tuple(name for table in tables for name in table.get(word, ())) for word in words}


SYNONYMS = _joined(_LAYERS, _ARGUMENTS, _VALUES, _KEYS)
"""What a foreign word may mean."""

INFERRED = frozenset({"in_channels", "in_features", "input_size", "num_inputs", "nb_input", "n_in"})
"""Arguments of other frameworks that the language infers from the input."""
