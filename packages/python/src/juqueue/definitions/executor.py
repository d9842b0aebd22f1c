from typing import Any, Dict, List, Optional

from .model import Model


class ExecutorDef(Model):
    """How the command of a run is executed.

    env                 additional environment variables
    python_search_path  folders appended to PYTHONPATH
    venv                folder of a virtual environment that is activated
    prepend_script      lines of bash before the command
    cuda                whether the run sees the GPUs of its slots only

    Further keys are those of `executor` in YAML.
    """

    def __init__(
        self,
        *,
        env: Optional[Dict[str, Any]] = None,
        python_search_path: Optional[List[Any]] = None,
        venv: Optional[Any] = None,
        prepend_script: Optional[List[str]] = None,
        cuda: bool = False,
        **more: Any,
    ) -> None:
        self.env = {} if env is None else dict(env)
        self.python_search_path = [] if python_search_path is None else list(python_search_path)
        self.venv = venv
        self.prepend_script = prepend_script
        self.cuda = cuda
        vars(self).update(more)
