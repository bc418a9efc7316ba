package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed static
var static embed.FS

// version tells browsers whether the style sheet and the script that they keep are still
// ours: it is part of their addresses.
var version = func() string {
	hash := sha256.New()
	entries, err := static.ReadDir("static")
	if err != nil {
		panic(err) // what is embedded can be read
	}
	for _, e := range entries {
		raw, err := static.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		hash.Write(raw)
	}
	return hex.EncodeToString(hash.Sum(nil)[:6])
}()

func serveStatic(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	raw, err := static.ReadFile("static/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	serveFile(w, r, mime.TypeByExtension(path.Ext(name)), raw, "public, max-age=31536000, immutable")
}

func serveFile(w http.ResponseWriter, r *http.Request, kind string, raw []byte, cache string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", cache)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
}
