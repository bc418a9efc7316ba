package httpapi

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/store/memory"
)

// reconciles serves POST /api/reconciliations for owner, whose files may have so many
// bytes.
func reconciles(t *testing.T, fileMax int64) (*httptest.Server, *reconcile.Desk) {
	t.Helper()
	store, log := memory.New(), slog.New(slog.DiscardHandler)
	books := book.New(store, book.NewIDs(time.Now, 0, 0), book.Options{Log: log})
	desk := reconcile.NewDesk(reconcile.DeskOptions{
		Book: books, Reader: store, Dir: t.TempDir(), FileMax: fileMax, Now: time.Now, Log: log,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- books.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	profile := pix.Profile{ID: owner, Name: "Loja", CreatedAt: noon}
	_, err := book.Do(t.Context(), books, &pix.OpenAccount{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	brands, err := brand.NewSet(brand.Brand{ID: "avista", Name: "À Vista"})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{
		Brands: brands, Reader: store, Book: books, Reconciliations: desk, Now: time.Now,
		NewUUID: func() [16]byte { return [16]byte{} }, Log: log,
	})
	server := httptest.NewServer(s.respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.reconcileFile(w, r, auth.Identity{Account: owner, Issuer: "avista"})
	}))
	t.Cleanup(server.Close)
	return server, desk
}

// TestAFileThatIsTooLargeIsRefused sends one as a body and in a form, with and without
// saying how long it is.
func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	server, desk := reconciles(t, 100)
	file := "data;valor\n" + strings.Repeat("20/11/2026;1\n", 10)
	form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" + file + "\r\n--x--\r\n"
	for kind, body := range map[string]string{"text/csv": file, "multipart/form-data; boundary=x": form} {
		for _, known := range []bool{true, false} {
			var in io.Reader = strings.NewReader(body)
			if !known {
				in = io.MultiReader(in)
			}
			response, err := http.Post(server.URL+"/?format=csv", kind, in)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || response.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d %s, %v", kind, response.StatusCode, answer, err)
			}
		}
	}
	if runs, err := desk.Runs(t.Context(), owner); err != nil || len(runs) != 0 {
		t.Errorf("%+v, %v", runs, err)
	}
}

// TestAFileThatIsCutOffIsRefused sends half of what was announced: nothing is begun,
// and the place is free again.
func TestAFileThatIsCutOffIsRefused(t *testing.T) {
	server, desk := reconciles(t, 0)
	for range 2 {
		connection, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		const head = "POST /?format=csv HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
		_, err = fmt.Fprint(connection, head+"data;valor\n")
		if err == nil {
			err = connection.(*net.TCPConn).CloseWrite()
		}
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusBadRequest ||
			!strings.Contains(string(answer), "could not be read") {
			t.Errorf("%d %s, %v", response.StatusCode, answer, err)
		}
		_ = connection.Close()
	}
	if runs, err := desk.Runs(t.Context(), owner); err != nil || len(runs) != 0 {
		t.Errorf("%+v, %v", runs, err)
	}
}
