"""Studies with small settings in a folder of their own."""

from joblib.externals.loky import get_reusable_executor
from ruamel.yaml import YAML
from support import REPOSITORY
from typer.testing import CliRunner


class SmallStudy:
    """The settings of a study with some of them replaced, and its stages."""

    def __init__(self, app, params):
        self._app, self._params = app, REPOSITORY / params

    def enter(self, folder, monkeypatch, sections):
        """Change to a folder with small settings."""
        # worker processes keep the folder that they were started in
        get_reusable_executor().shutdown(wait=True)
        monkeypatch.chdir(folder)
        self.write_params(folder, **sections)
        return folder

    def write_params(self, folder, **sections):
        """Write params.yaml with `sections` in place of, or merged into, its own."""
        content = YAML(typ="safe").load(self._params)
        for section, values in sections.items():
            if isinstance(values, dict):
                content[section].update(values)
            else:
                content[section] = values
        path = folder / "params.yaml"
        with path.open("w") as file:
            YAML().dump(content, file)
        return path

    def stage(self, name, *options):
        """Run a stage in the working folder; what goes wrong is raised."""
        arguments = [name, "--params", "params.yaml", *options]
        result = CliRunner().invoke(self._app, arguments)
        if result.exception is not None:
            raise result.exception
        assert result.exit_code == 0
