"""Uses a hub by marketplace-hpc, the SDK of the gateway: a user, a job with a file up and down, launched, watched and cancelled. Prints what it found as JSON."""

import json
import os
import sys
import tempfile

import hpc_gateway_sdk

hpc_gateway_sdk.STAGING_URL = sys.argv[1] + "/"
app = hpc_gateway_sdk.get_app(name="mc", access_token=os.environ["HUB_KEY"])
found = {"heartbeat": app.heartbeat().json(), "user": json.loads(app.create_user())["message"]}
job = app.create_job(
    new_transformation={
        "job_name": "demo00",
        "ntasks_per_node": 1,
        "partition": "debug",
        "image": "docker://hello-world:latest",
        "executable_cmd": "> output",
    }
)
with tempfile.NamedTemporaryFile() as source:
    source.write(b"the input")
    source.flush()
    found["uploaded"] = [app.upload_file(job, filename=name, source_path=source.name).json()["message"] for name in ("input.txt", "other.txt")]
found["deleted"] = app.delete_file(job, filename="other.txt")["message"]
found["files"] = [each["name"] for each in app.check_job_state(job)["files"]]
found["downloaded"] = app.download_file(job, filename="input.txt").content.decode()
found["launched"] = app.launch_job(job) == {"jobid": job}
found["state"] = app.check_job_state(job)["state"]
app.cancel_job(job)
found["cancelled"] = app.check_job_state(job)["state"]
print(json.dumps(found))
