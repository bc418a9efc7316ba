package saldotest

import (
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// Upload sends a form with a file, as it is read, with the token that the page at from
// shows. What the server answers before it has read all is an answer too.
func (v *Visitor) Upload(t testing.TB, from, path string, fields map[string]string, name string, file io.Reader) Seen {
	t.Helper()
	page := v.Get(t, from)
	token := tokenField.FindStringSubmatch(page.Body)
	if token == nil {
		t.Fatalf("%s: %d without a form of the session", from, page.Status)
	}
	body, w := io.Pipe()
	parts := multipart.NewWriter(w)
	go func() {
		w.CloseWithError(writeParts(parts, fields, name, file))
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		v.URL+path+"?"+url.Values{"csrf": {token[1]}}.Encode(), body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", parts.FormDataContentType())
	return v.send(t, r)
}

func writeParts(parts *multipart.Writer, fields map[string]string, name string, file io.Reader) error {
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if err := parts.WriteField(field, fields[field]); err != nil {
			return err
		}
	}
	part, err := parts.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, file); err != nil {
		return err
	}
	return parts.Close()
}
