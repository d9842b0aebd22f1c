"""Uses a hub by pyfirecrest: files up and down, a job submitted, watched and cancelled. Prints what it found as JSON."""

import io
import json
import os
import sys
import tempfile

import firecrest


class Key:
    def get_access_token(self):
        return os.environ["HUB_KEY"]


client = firecrest.v2.Firecrest(firecrest_url=sys.argv[1], authorization=Key())
system = client.systems()[0]["name"]
found = {"systems": [each["name"] for each in client.systems()]}
client.mkdir(system, "/run1", create_parents=True)
client.upload(system, io.BytesIO(b"one\ntwo\n"), "/run1", "input.txt", file_size=8)
found["listed"] = [each["name"] for each in client.list_files(system, "/run1")]
found["head"] = client.head(system, "/run1/input.txt", num_lines=1)["content"]
with tempfile.TemporaryDirectory() as folder:
    target = os.path.join(folder, "input.txt")
    client.download(system, "/run1/input.txt", target)
    with open(target, encoding="utf-8") as file:
        found["downloaded"] = file.read()
job = client.submit(system, working_dir="/run1", script_str="#!/bin/bash\ncat input.txt\n")["jobId"]
found["state"] = client.job_info(system, job)[0]["status"]["state"]
client.cancel_job(system, job)
found["cancelled"] = client.job_info(system, job)[0]["status"]["state"]
client.rm(system, "/run1/input.txt")
found["left"] = client.list_files(system, "/run1")
print(json.dumps(found))
