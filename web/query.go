package web

import (
	"net/http"
	"strconv"
	"time"
)

// Query parameters have passed openapi.yaml: what does not parse here is absent.

func limitQuery(r *http.Request, standard int) int {
	n, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil {
		return standard
	}
	return n
}

func timeQuery(r *http.Request, name string) time.Time {
	t, err := time.Parse(time.RFC3339, r.URL.Query().Get(name))
	if err != nil {
		return time.Time{}
	}
	return t
}

// int64Cursor reads "after" of lists ordered by a number; 0: the first page.
func int64Cursor(r *http.Request) (int64, error) {
	text := r.URL.Query().Get("after")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, Refuse("bad-cursor")
	}
	return n, nil
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// orEmpty makes JSON show [] for no elements.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
