"""A client of openapi-generator for Python: everything that a front end does with tasks."""

import os
import sys

sys.path.insert(0, "client")

from openapi_client import ApiClient, Configuration, CreateTask, PatchTask, Problem, ReplaceTask  # noqa: E402
from openapi_client.api import SyncApi, TasksApi  # noqa: E402
from openapi_client.exceptions import ApiException  # noqa: E402

client = ApiClient(
    Configuration(host=os.environ["TASK_API_URL"], access_token=os.environ["TASK_API_TOKEN"])
)
api, sync = TasksApi(client), SyncApi(client)

ids = []
for title in ["one", "two", "three"]:
    ids.insert(0, api.create_task("me", CreateTask(title=title)).id)

listed, cursor = [], None
while True:
    page = api.list_tasks("me", limit=2, cursor=cursor)
    listed += [task.id for task in page.items]
    cursor = page.next_cursor
    if cursor is None:
        break
assert listed == ids, (listed, ids)

got = api.get_task_with_http_info("me", ids[0])
task = got.data
assert api.patch_task("me", task.id, PatchTask(title="patched")).title == "patched"
whole = task.to_dict()
assert api.replace_task("me", task.id, ReplaceTask.from_dict(whole)).title == "three"
assert api.create_task("me", CreateTask.from_dict(whole)).id != task.id
assert api.complete_task("me", task.id).completed


def problem_of(call):
    try:
        call()
    except ApiException as error:
        return error.status, Problem.from_json(error.body)
    raise AssertionError("It was accepted")


etag = got.headers["ETag"]
status, problem = problem_of(
    lambda: api.patch_task("me", task.id, PatchTask(completed=False), if_match=etag)
)
assert (status, problem.code) == (412, "precondition-failed"), problem
status, problem = problem_of(lambda: api.create_task("me", CreateTask(title="x\u2028y")))
assert (status, problem.errors[0].pointer) == (400, "/title"), problem

begun = sync.list_changes("me")
assert {item.actual_instance.title for item in begun.items} == {"one", "two", "three"}, begun
api.delete_task("me", task.id)
later = sync.list_changes("me", after=begun.next)
assert [item.actual_instance.id for item in later.items] == [task.id], later
assert later.items[0].actual_instance.deleted_at, later
