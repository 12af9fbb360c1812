"""A client of openapi-python-client: everything that a front end does with tasks."""

import os
from http import HTTPStatus

from task_api_client.api.sync import list_changes
from task_api_client.api.tasks import (
    complete_task,
    create_task,
    delete_task,
    get_task,
    list_tasks,
    patch_task,
    replace_task,
)
from task_api_client.client import AuthenticatedClient
from task_api_client.models import CreateTask, DeletedTask, PatchTask, Problem, ReplaceTask, Task, TaskSort
from task_api_client.types import UNSET

api = AuthenticatedClient(base_url=os.environ["TASK_API_URL"], token=os.environ["TASK_API_TOKEN"])

ids = []
for title in ["one", "two", "three"]:
    made = create_task.sync("me", client=api, body=CreateTask(title=title))
    assert isinstance(made, Task), made
    ids.insert(0, made.id)

listed, cursor = [], UNSET
while cursor is not None:
    page = list_tasks.sync("me", client=api, limit=2, cursor=cursor, sort=TaskSort.CREATED_AT_DESC)
    listed += [task.id for task in page.items]
    cursor = page.next_cursor
assert listed == ids, (listed, ids)

got = get_task.sync_detailed("me", ids[0], client=api)
task = got.parsed
assert isinstance(task, Task), task
patched = patch_task.sync("me", task.id, client=api, body=PatchTask(title="patched"))
assert isinstance(patched, Task) and patched.title == "patched", patched
replaced = replace_task.sync("me", task.id, client=api, body=ReplaceTask.from_dict(task.to_dict()))
assert isinstance(replaced, Task) and replaced.title == "three", replaced
copied = create_task.sync("me", client=api, body=CreateTask.from_dict(task.to_dict()))
assert isinstance(copied, Task) and copied.id != task.id, copied
toggled = complete_task.sync("me", task.id, client=api)
assert isinstance(toggled, Task) and toggled.completed, toggled

stale = patch_task.sync_detailed(
    "me", task.id, client=api, body=PatchTask(completed=False), if_match=got.headers["etag"]
)
assert stale.status_code == HTTPStatus.PRECONDITION_FAILED, stale
assert isinstance(stale.parsed, Problem) and stale.parsed.code == "precondition-failed", stale
blank = create_task.sync("me", client=api, body=CreateTask(title=" "))
assert isinstance(blank, Problem) and blank.errors[0].pointer == "/title", blank

begun = list_changes.sync("me", client=api)
assert all(isinstance(item, Task) for item in begun.items), begun
delete_task.sync_detailed("me", task.id, client=api)
later = list_changes.sync("me", client=api, after=begun.next_)
assert [item.id for item in later.items] == [task.id], later
assert isinstance(later.items[0], DeletedTask), later
