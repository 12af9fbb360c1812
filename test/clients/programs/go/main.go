// A client of openapi-generator for Go: everything that a front end does with tasks.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"

	taskapi "example.com/taskapi"
)

func must[T any](value T, _ any, err error) T {
	var failure *taskapi.GenericOpenAPIError
	if errors.As(err, &failure) {
		check(false, string(failure.Body()))
	}
	check(err == nil, err)
	return value
}

func check(holds bool, what any) {
	if !holds {
		panic(fmt.Sprint(what))
	}
}

func main() {
	compilePatterns()
	configuration := taskapi.NewConfiguration()
	configuration.Servers = taskapi.ServerConfigurations{{URL: os.Getenv("TASK_API_URL")}}
	client := taskapi.NewAPIClient(configuration)
	api := client.TasksAPI
	ctx := context.WithValue(context.Background(), taskapi.ContextAccessToken, os.Getenv("TASK_API_TOKEN"))

	var ids []string
	for _, title := range []string{"one", "two", "three"} {
		made := must(api.CreateTask(ctx, "me").CreateTask(*taskapi.NewCreateTask(title)).Execute())
		ids = append([]string{made.Id}, ids...)
	}
	var listed []string
	for cursor := ""; ; {
		request := api.ListTasks(ctx, "me").Limit(2).Sort(taskapi.CREATED_AT_DESC)
		if cursor != "" {
			request = request.Cursor(cursor)
		}
		page := must(request.Execute())
		for _, task := range page.Items {
			listed = append(listed, task.Id)
		}
		if !page.NextCursor.IsSet() || page.NextCursor.Get() == nil {
			break
		}
		cursor = *page.NextCursor.Get()
	}
	check(fmt.Sprint(listed) == fmt.Sprint(ids), listed)

	task, response, err := api.GetTask(ctx, "me", ids[0]).Execute()
	check(err == nil, err)
	patch := taskapi.NewPatchTask()
	patch.SetTitle("patched")
	check(must(api.PatchTask(ctx, "me", task.Id).PatchTask(*patch).Execute()).Title == "patched", "PATCH")

	whole, _ := json.Marshal(task)
	var replacement taskapi.ReplaceTask
	check(json.Unmarshal(whole, &replacement) == nil, "a task is a replacement")
	check(must(api.ReplaceTask(ctx, "me", task.Id).ReplaceTask(replacement).Execute()).Title == "three", "PUT")
	var copied taskapi.CreateTask
	check(json.Unmarshal(whole, &copied) == nil, "a task is a new one")
	check(must(api.CreateTask(ctx, "me").CreateTask(copied).Execute()).Id != task.Id, "POST of what GET gave")
	// Without CompleteTask the generated code sends the body null, which is none.
	complete := *taskapi.NewCompleteTask(true)
	check(must(api.CompleteTask(ctx, "me", task.Id).CompleteTask(complete).Execute()).Completed, "complete")

	open := taskapi.NewPatchTask()
	open.SetCompleted(false)
	_, stale, err := api.PatchTask(ctx, "me", task.Id).PatchTask(*open).IfMatch(response.Header.Get("ETag")).Execute()
	check(stale.StatusCode == 412 && problemOf(err).Code == "precondition-failed", err)
	_, _, err = api.CreateTask(ctx, "me").CreateTask(*taskapi.NewCreateTask(" ")).Execute()
	check(problemOf(err).Errors[0].GetPointer() == "/title", err)

	begun := must(client.SyncAPI.ListChanges(ctx, "me").Execute())
	check(len(begun.Items) == 4 && begun.Items[0].Task != nil, begun)
	_, err = api.DeleteTask(ctx, "me", task.Id).Execute()
	check(err == nil, err)
	later := must(client.SyncAPI.ListChanges(ctx, "me").After(begun.Next).Execute())
	check(len(later.Items) == 1 && later.Items[0].DeletedTask.Id == task.Id, later)
}

func problemOf(err error) taskapi.Problem {
	var failure *taskapi.GenericOpenAPIError
	check(errors.As(err, &failure), err)
	problem, isProblem := failure.Model().(taskapi.Problem)
	check(isProblem, failure)
	return problem
}

// RE2 has to understand every pattern of the document.
func compilePatterns() {
	text, err := os.ReadFile(os.Getenv("OPENAPI_DOCUMENT"))
	check(err == nil, err)
	for _, found := range regexp.MustCompile(`"pattern": ("(?:[^"\\]|\\.)*")`).FindAllSubmatch(text, -1) {
		var pattern string
		check(json.Unmarshal(found[1], &pattern) == nil, string(found[1]))
		regexp.MustCompile(pattern)
	}
}
