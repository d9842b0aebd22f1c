"""Uses a hub by pyfirecrest: every call that it has. Prints what it found as JSON."""

import io
import json
import os
import sys
import tempfile

import firecrest


class Key:
    def get_access_token(self):
        return os.environ["HUB_KEY"]


def refused(call, *args):
    try:
        call(*args)
    except firecrest.FirecrestException as error:
        return [error.responses[-1].status_code, error.responses[-1].json()["data"]["code"]]
    return None


client = firecrest.v2.Firecrest(firecrest_url=sys.argv[1], authorization=Key())
system = client.systems()[0]["name"]
found = {"version": client.server_version(), "systems": [each["name"] for each in client.systems()]}
found["nodes"] = [each["name"] for each in client.nodes(system)]
found["partitions"] = [each["name"] for each in client.partitions(system)]
found["reservations"] = client.reservations(system)
found["user"] = client.userinfo(system)["user"]["name"]

client.mkdir(system, "/run1", create_parents=True)
client.upload(system, io.BytesIO(b"one\ntwo\nthree\n"), "/run1", "input.txt", file_size=14)
found["listed"] = [each["name"] for each in client.list_files(system, "/run1")]
found["head"] = [client.head(system, "/run1/input.txt", num_lines=1)["content"], client.head(system, "/run1/input.txt", num_bytes=6, exclude_trailing=True)["content"]]
found["tail"] = [client.tail(system, "/run1/input.txt", num_bytes=6)["content"], client.tail(system, "/run1/input.txt", num_lines=1, exclude_beginning=True)["content"]]
found["view"] = client.view(system, "/run1/input.txt")
found["checksum"] = client.checksum(system, "/run1/input.txt")["algorithm"]
found["type"] = client.file_type(system, "/run1/input.txt")
found["size"] = client.stat(system, "/run1/input.txt")["size"]

with tempfile.TemporaryDirectory() as folder:
    large, back = os.path.join(folder, "large"), os.path.join(folder, "back")
    content = os.urandom(40_000_000)
    with open(large, "wb") as file:
        file.write(content)
    client.upload(system, large, "/run1/deep", "large.bin")
    client.download(system, "/run1/deep/large.bin", back)
    with open(back, "rb") as file:
        found["large"] = file.read() == content
    client.download(system, "/run1/input.txt", back)
    with open(back, encoding="utf-8") as file:
        found["downloaded"] = file.read()
    try:
        client.download(system, "/run1/none", back)
    except FileNotFoundError:
        found["missing"] = True

client.cp(system, "/run1/input.txt", "/run2/copy.txt")
client.cp(system, "/run1/deep", "/run2/deep")
client.mv(system, "/run2/copy.txt", "/run2/moved.txt")
found["copied"] = sorted(each["name"] for each in client.list_files(system, "/run2", recursive=True))

client.compress(system, "/run1/deep", "/run2/all.tar.gz")
client.extract(system, "/run2/all.tar.gz", "/run4/out")
found["extracted"] = client.checksum(system, "/run4/out/deep/large.bin") == client.checksum(system, "/run1/deep/large.bin")

client.upload(system, io.BytesIO(b"#!/bin/bash\n#SBATCH --job-name=remote\ncat input.txt\n"), "/run1", "job.sh", file_size=52)
remote = client.submit(system, working_dir="/run1", script_remote_path="/run1/job.sh", account="acc", partition="firecrest", env_vars={"A": "1"})["jobId"]
job = client.submit(system, working_dir="/run1", script_str="#!/bin/bash\ncat input.txt\n")["jobId"]
info = client.job_info(system, remote)[0]
found["remote"] = [info["name"], info["workingDirectory"], info["account"], info["partition"], info["status"]["state"]]
found["jobs"] = len(client.job_info(system))
found["named"] = [each["jobId"] == remote for each in client.job_info(system, name="remote", time_window="1h")]
found["ofAccount"] = [each["jobId"] == remote for each in client.job_info(system, account="acc")]
metadata = client.job_metadata(system, remote)[0]
found["script"] = metadata["script"].splitlines()[0]
found["stdout"] = client.view(system, metadata["standardOutput"])
client.cancel_job(system, job)
found["cancelled"] = client.wait_for_job(system, job)[0]["status"]["state"]

found["refused"] = {
    "attach": refused(client.attach_to_job, system, remote, "true"),
    "chmod": refused(client.chmod, system, "/run1/input.txt", "700"),
    "chown": refused(client.chown, system, "/run1/input.txt", "a", "b"),
    "symlink": refused(client.symlink, system, "/run1/input.txt", "/run1/link"),
    "extract": refused(client.extract, system, "/run1/input.txt", "/run3"),
    "bzip2": refused(client.compress, system, "/run1", "/run2/all.tar.bz2", False, "bzip2"),
    "streamer": refused(lambda: client.upload(system, sys.argv[0], "/run1", "x", transfer_method="streamer", file_size=2_000_000)),
}
client.rm(system, "/run1/input.txt")
found["left"] = [each["name"] for each in client.list_files(system, "/run1")]
print(json.dumps(found))
