// The server that many would write in Go: net/http, pgx with its pool, encoding/json, and the statements of
// raw. No authentication, no validation, no row-level security (it logs in as a superuser), no ETag.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const highestID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// moment is a time as JavaScript writes it: with three digits of a second.
type moment struct{ pgtype.Timestamptz }

func (m *moment) ScanTimestamptz(value pgtype.Timestamptz) error {
	m.Timestamptz = value
	return nil
}

func (m moment) MarshalJSON() ([]byte, error) {
	if !m.Valid {
		return []byte("null"), nil
	}
	return m.Time.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// task has the columns of the statements.
type task struct {
	ID          string   `db:"id" json:"id"`
	UserID      string   `db:"user_id" json:"user_id"`
	Title       string   `db:"title" json:"title"`
	Description *string  `db:"description" json:"description"`
	Completed   bool     `db:"completed" json:"completed"`
	Due         *string  `db:"due" json:"due"`
	TimeZone    *string  `db:"time_zone" json:"time_zone"`
	Recurrence  *string  `db:"recurrence" json:"recurrence"`
	RecursFrom  string   `db:"recurrence_from" json:"recurrence_from"`
	Priority    int      `db:"priority" json:"priority"`
	Tags        []string `db:"tags" json:"tags"`
	ParentID    *string  `db:"parent_id" json:"parent_id"`
	Position    string   `db:"position" json:"position"`
	CompletedAt moment   `db:"completed_at" json:"completed_at"`
	CreatedAt   moment   `db:"created_at" json:"created_at"`
	UpdatedAt   moment   `db:"updated_at" json:"updated_at"`
}

type page struct {
	Items      []task  `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

type wholeTask struct {
	Title       string  `json:"title"`
	Description *string `json:"description"`
	Completed   bool    `json:"completed"`
}

type partOfTask struct {
	Title       *string         `json:"title"`
	Description json.RawMessage `json:"description"`
	Completed   *bool           `json:"completed"`
}

type server struct {
	pool       *pgxpool.Pool
	statements map[string]string
}

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	exitOn(err)
	connections, err := strconv.ParseInt(os.Getenv("DATABASE_POOL"), 10, 32)
	exitOn(err)
	config.MaxConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	exitOn(err)
	s := server{pool: pool}
	exitOn(json.Unmarshal([]byte(os.Getenv("STATEMENTS")), &s.statements))
	go exitWithParent()

	routes := http.NewServeMux()
	routes.HandleFunc("GET /api/{user}/tasks", s.list)
	routes.HandleFunc("POST /api/{user}/tasks", s.create)
	routes.HandleFunc("GET /api/{user}/tasks/{id}", s.one("get"))
	routes.HandleFunc("PUT /api/{user}/tasks/{id}", s.replace)
	routes.HandleFunc("PATCH /api/{user}/tasks/{id}", s.patch)
	routes.HandleFunc("PATCH /api/{user}/tasks/{id}/complete", s.one("toggle"))
	routes.HandleFunc("DELETE /api/{user}/tasks/{id}", s.delete)
	exitOn(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), routes))
}

func (s server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, err := limitOf(query)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	below := highestID
	if cursor := query.Get("cursor"); cursor != "" {
		text, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		below = string(text)
	}
	rows, err := s.pool.Query(r.Context(), s.statements["list"], r.PathValue("user"), below, limit+1)
	if err != nil {
		fail(w, err)
		return
	}
	tasks, err := pgx.CollectRows(rows, pgx.RowToStructByName[task])
	if err != nil {
		fail(w, err)
		return
	}
	answer := page{Items: tasks}
	if len(tasks) > limit {
		answer.Items = tasks[:limit]
		next := base64.RawURLEncoding.EncodeToString([]byte(tasks[limit-1].ID))
		answer.NextCursor = &next
	}
	write(w, http.StatusOK, answer)
}

func (s server) create(w http.ResponseWriter, r *http.Request) {
	var body wholeTask
	if !read(w, r, &body) {
		return
	}
	id, user := uuid.Must(uuid.NewV7()).String(), r.PathValue("user")
	w.Header().Set("Location", "/api/"+user+"/tasks/"+id)
	s.answer(w, r, http.StatusCreated, "create", user, id, body.Title, body.Description, body.Completed, time.Now())
}

func (s server) one(statement string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, http.StatusOK, statement, r.PathValue("user"), r.PathValue("id"))
	}
}

func (s server) replace(w http.ResponseWriter, r *http.Request) {
	var body wholeTask
	if !read(w, r, &body) {
		return
	}
	user, id := r.PathValue("user"), r.PathValue("id")
	s.answer(w, r, http.StatusOK, "replace", user, id, body.Title, body.Description, body.Completed)
}

func (s server) patch(w http.ResponseWriter, r *http.Request) {
	var body partOfTask
	if !read(w, r, &body) {
		return
	}
	var description *string
	if body.Description != nil {
		if err := json.Unmarshal(body.Description, &description); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	user, id := r.PathValue("user"), r.PathValue("id")
	s.answer(w, r, http.StatusOK, "patch", user, id, body.Title, body.Description != nil, description, body.Completed)
}

func (s server) delete(w http.ResponseWriter, r *http.Request) {
	result, err := s.pool.Exec(r.Context(), s.statements["delete"], r.PathValue("user"), r.PathValue("id"))
	switch {
	case err != nil:
		fail(w, err)
	case result.RowsAffected() == 0:
		w.WriteHeader(http.StatusNotFound)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// answer runs a statement that returns one task, or none.
func (s server) answer(w http.ResponseWriter, r *http.Request, status int, statement string, values ...any) {
	rows, err := s.pool.Query(r.Context(), s.statements[statement], values...)
	if err != nil {
		fail(w, err)
		return
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[task])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		fail(w, err)
	default:
		write(w, status, found)
	}
}

func limitOf(query url.Values) (int, error) {
	if text := query.Get("limit"); text != "" {
		return strconv.Atoi(text)
	}
	return 50, nil
}

func read(w http.ResponseWriter, r *http.Request, body any) bool {
	err := json.NewDecoder(r.Body).Decode(body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
	return err == nil
}

func write(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	w.WriteHeader(http.StatusInternalServerError)
}

// exitWithParent ends the server where the benchmark was killed.
func exitWithParent() {
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(time.Second)
	}
	os.Exit(1)
}

func exitOn(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
