"""First cells of notebooks that were written elsewhere: none keeps its last line from running."""

import pytest

from tests.agent.processes import Run

CELLS = {
    "tensorflow": """
        import os
        os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
        import notensorflow as tf
        from notensorflow import keras
        from notensorflow.keras import layers
        tf.random.set_seed(1)
        tf.get_logger().setLevel('ERROR')
        gpus = tf.config.list_physical_devices('GPU')
        if gpus:
            print('a card')
        (x_train, y_train), _ = keras.datasets.fashion_mnist.load_data()
        x_train = x_train.reshape(-1, 784).astype('float32') / 255.0
        print(x_train.shape, x_train.max())
        class Mine(keras.layers.Layer):
            def __init__(self, units=3, **kwargs):
                super().__init__(**kwargs)
                self.units = units
            def call(self, x):
                return tf.matmul(x, self.w)
        Mine()(x_train)
        model = keras.Sequential([layers.Dense(40, activation='relu'), layers.Dense(10)])
        history = model.fit(x_train, y_train, epochs=1)
        print(max(history.history['loss']))
    """,
    "plotly": """
        import noplotly.express as px
        import noplotly.io as pio
        from noplotly.subplots import make_subplots
        pio.renderers.default = 'colab'
        fig = make_subplots(rows=1, cols=2)
        fig.add_trace(px.line(y=[1, 2]).data[0], row=1, col=1)
        fig.show()
        fig
    """,
    "widgets": """
        import noipywidgets as widgets
        @widgets.interact(x=widgets.IntSlider(3))
        def show(x=1):
            print(x)
    """,
    "cupy": """
        try:
            import nocupy as xp
            on_card = True
        except ImportError:
            import numpy as xp
            on_card = False
        assert (on_card, xp.__name__) == (False, 'numpy')
    """,
    "probes": """
        import importlib.util, sys
        from importlib.metadata import PackageNotFoundError, version
        import nojax
        assert importlib.util.find_spec('nojax') is None
        assert 'nojax' not in sys.modules
        try:
            version('nojax')
        except PackageNotFoundError:
            found = False
        assert not found
    """,
    "colab or not": """
        try:
            import google.colab
            in_colab = True
        except:
            in_colab = False
        if in_colab or 'google.colab' in str(get_ipython()):
            1 / 0
        from google.colab import drive
        drive.mount('/content/drive')
        %cd /content/drive/MyDrive/homework
    """,
    "installed on the way": """
        !pip install -q notorchmetrics noeinops==0.6 > /dev/null
        %pip install -q nolightning
        %conda install -y -c conda-forge nolightning
        from notorchmetrics.classification import Accuracy
        from noeinops import rearrange
        import nolightning as L
        L.seed_everything(1)
        accuracy = Accuracy(num_classes=10).to('cpu')
        accuracy.update([1], [1])
        print(f'{accuracy.compute():.2f}')
        best = max(0.0, accuracy.compute().item())
        %load_ext tensorboard
        %tensorboard --logdir logs
        %watermark -v
    """,
    "files beside it": """
        import sys, importlib
        sys.path.append('..')
        from no_utils import plot_history, set_seed
        import no_helpers as helpers
        from no_src.models import *
        set_seed(42)
        if helpers.version() < 3:
            raise ImportError('too old')
        %run -i no_setup.py --fast
        importlib.reload(helpers)
    """,
    "styles": """
        import noseaborn as sns
        import noscienceplots
        import matplotlib.pyplot as plt
        sns.set(style='whitegrid', palette='muted', font_scale=1.2)
        plt.style.use(['ggplot', 'science', 'no-latex'])
        plt.style.use('cyberpunk')
        assert plt.rcParams['axes.facecolor'] == '#E5E5E5'
    """,
    "kaggle": """
        import os
        import nopolars as pl
        for folder, _, names in os.walk('/kaggle/input'):
            print(folder, names)
        from nokaggle_secrets import UserSecretsClient
        key = UserSecretsClient().get_secret('KEY')
        train = pl.read_csv('/kaggle/input/fashion/train.csv')
        X = train.drop('label').to_numpy() / 255.0
        print(X.shape)
        assert X.shape[1] == 784
    """,
    "progress": """
        from notqdm.notebook import tqdm, trange
        from nofastprogress import master_bar, progress_bar
        total = 0
        for epoch in (bar := master_bar(range(2))):
            for batch in progress_bar(range(3), parent=bar):
                bar.child.comment = 'loss'
                total += 1
            bar.write('done')
        for i in trange(2):
            total += 1
        assert total == 8
    """,
    "jax": """
        import nojax, nojax.numpy as jnp
        from nojax import grad, jit, vmap
        nojax.config.update('jax_enable_x64', True)
        key, sub = nojax.random.split(nojax.random.PRNGKey(0))
        slope = grad(lambda w: jnp.sum(w ** 2))
        assert jnp.allclose(slope([1.0]), 2)
        import numpy
        numpy.testing.assert_allclose(numpy.ones(2), slope(numpy.ones(2)))
    """,
    "experiments": """
        import nohydra as hydra, nomlflow as mlflow, nopydantic as pydantic
        from noomegaconf import OmegaConf
        config = OmegaConf.create({'lr': 0.1})
        class Config(pydantic.BaseModel):
            lr: float = 0.1
        @hydra.main(config_path=None)
        def main(config):
            return config.lr
        with mlflow.start_run() as run:
            mlflow.log_param('lr', Config(lr=0.5).lr)
        main()
    """,
}


@pytest.mark.parametrize("kind", CELLS)
def test_the_rest_of_a_foreign_cell_runs(run: Run, kind: str) -> None:
    """Whatever is missing or elsewhere costs only the lines that need it."""
    found = run(CELLS[kind].rstrip() + "\n        last = 1", "print(last)")
    assert found.errors == [None, None]
    assert found.printed[1] == "1\n"
