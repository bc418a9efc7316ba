package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/browser"
)

// sound is a page with one of everything.
const sound = `<form method="post" action="/"><label>Name <input name="name"></label>
<label>Kind <select name="kind"><option value="a">A</option><option value="b">B</option></select></label>
<fieldset><legend>Which</legend><label><input type="radio" name="r" value="1"> one</label>
<label><input type="radio" name="r" value="2"> two</label></fieldset>
<button type="submit">Send</button></form><p>R$&nbsp;1.234,56</p><a href="/other">Other</a>`

func TestASoundPagePasses(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{"/{$}": sound}, nil)
	quiet(t, judge(t, func(t testing.TB) {
		p := browser.Open(t, url)
		p.Go("/")
		p.Inspect("sound")
	}))
}

func TestFaultsOfAPageFailItsTest(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{
		"/inline":  `<script>document.title = "no"</script>`,
		"/style":   `<p style="color: red">text</p>`,
		"/foreign": `<!doctype html><title>t</title><img alt="" src="http://192.0.2.1/x.png">`,
		"/console": `<script src="/console.js"></script>`,
		"/throws":  `<script src="/throws.js"></script>`,
		"/rejects": `<script src="/rejects.js"></script>`,
		"/dialog":  `<script src="/dialog.js"></script>`,
		"/missing": `<img alt="" src="/nothing.png">`,
		"/cut":     `<img alt="" src="/cut.png">`,
	}, map[string]http.HandlerFunc{
		"GET /console.js": script(`console.error("broken", {a: 1})`),
		"GET /throws.js":  script(`null.x`),
		"GET /rejects.js": script(`Promise.reject(new Error("nobody listens"))`),
		"GET /dialog.js":  script(`confirm("really?")`),
		"GET /cut.png":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"GET /cookie": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "__Host-session=1; Path=/below; Secure")
			show(w, r, "text")
		},
		"GET /free": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<!doctype html><title>t</title><img alt="" src="http://192.0.2.1/x.png">`)
		},
	})
	for path, want := range map[string]string{
		"/inline":  "content security policy: script-src-elem forbids",
		"/style":   "content security policy: style-src-attr forbids",
		"/foreign": "content security policy: img-src forbids http://192.0.2.1/x.png",
		"/free":    "request that leaves this machine: http://192.0.2.1/x.png",
		"/console": "console.error: broken",
		"/throws":  "exception: Uncaught TypeError",
		"/rejects": "exception: Uncaught (in promise) Error: nobody listens",
		"/dialog":  "dialog (confirm): really?",
		"/missing": "answer 404: " + url + "/nothing.png",
		"/cut":     "request failed: " + url + "/cut.png: net::ERR_EMPTY_RESPONSE",
		"/cookie":  "cookie __Host-session refused",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			says(t, judge(t, func(t testing.TB) { browser.Open(t, url).Go(path) }), want)
		})
	}
}

func TestDialogsThatATestExpectsAreAnswered(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{"/{$}": `<script src="/ask.js"></script>`}, map[string]http.HandlerFunc{
		"GET /ask.js": script(`document.title = [confirm("one?"), confirm("two?")].join()`),
	})
	quiet(t, judge(t, func(t testing.TB) {
		p := browser.Open(t, url)
		p.ExpectDialog(true)
		p.ExpectDialog(false)
		p.Go("/")
		p.Wait("the answers", `document.title === "true,false"`)
	}))
}

func TestWhatIsOutsideThisMachineIsOutOfReach(t *testing.T) {
	t.Parallel()
	url := site(t, nil, map[string]http.HandlerFunc{"GET /": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><title>t</title><img alt="" src="http://example.invalid/x.png">`)
	}})
	p := browser.Open(t, url)
	p.Go("/")
	says(t, p.Faults(), "request failed: http://example.invalid/x.png: net::ERR_PROXY_CONNECTION_FAILED")
}

func TestAnErrorThatATestExpectsIsNoFault(t *testing.T) {
	t.Parallel()
	refuse := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "no")
	}
	url := site(t, map[string]string{
		"/form":  `<form method="post" action="/form"><button type="submit">Send</button></form>`,
		"/fetch": `<script src="/fetch.js"></script>`,
	}, map[string]http.HandlerFunc{
		"GET /refused": refuse, "POST /form": refuse, "GET /data": refuse,
		"GET /fetch.js": script(`fetch("/data").then(r => { document.title = "answered " + r.status })`),
	})
	quiet(t, judge(t, func(t testing.TB) {
		p := browser.Open(t, url)
		p.Go("/refused", http.StatusForbidden)
		p.Go("/form")
		p.Submit("button", http.StatusForbidden)
		p.Expect(http.StatusForbidden, "/data")
		p.Go("/fetch")
		p.Wait("the answer", `document.title === "answered 403"`)
	}))
	says(t, judge(t, func(t testing.TB) { browser.Open(t, url).Go("/refused") }), "want status 200")
	says(t, judge(t, func(t testing.TB) {
		p := browser.Open(t, url)
		p.Expect(http.StatusForbidden, "/other")
		p.Go("/fetch")
		p.Wait("the answer", `document.title === "answered 403"`)
	}), "answer 403: "+url+"/data")
}

func TestPagesShareNothing(t *testing.T) {
	t.Parallel()
	url := site(t, nil, map[string]http.HandlerFunc{"GET /": func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-who", Value: r.URL.Query().Get("who"), Path: "/", Secure: true,
			HttpOnly: true, SameSite: http.SameSiteStrictMode})
		show(w, r, "<p>"+r.Header.Get("Cookie")+"</p>")
	}})
	one, two := browser.Open(t, url), browser.Open(t, url)
	one.Go("/?who=one")
	two.Go("/?who=two")
	one.Reload()
	one.WaitText("p", "__Host-who=one")
	if path := two.Path(); path != "/?who=two" {
		t.Errorf("at %s", path)
	}
	c := two.Cookies()["__Host-who"]
	if c == nil || c.Value != "two" || !c.HTTPOnly || !c.Secure || c.SameSite != "Strict" {
		t.Errorf("cookie %+v", c)
	}
}

func TestAPageIsAskedForInTheLanguageOfTheLook(t *testing.T) {
	t.Parallel()
	url := site(t, nil, map[string]http.HandlerFunc{"GET /": func(w http.ResponseWriter, r *http.Request) {
		show(w, r, "<p>"+r.Header.Get("Accept-Language")+"</p>")
	}})
	p := browser.Open(t, url)
	for _, language := range browser.Languages {
		p.Look(browser.Look{Language: language, Width: browser.Wide})
		p.Go("/")
		if got := p.Text("p"); got != language {
			t.Errorf("Accept-Language %q, want %q", got, language)
		}
		if got := browser.Eval[string](p, "navigator.language"); got != language {
			t.Errorf("navigator.language %q, want %q", got, language)
		}
	}
}

func TestALookChangesWhatIsOpen(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{"/{$}": sound}, nil)
	p := browser.Open(t, url)
	p.Go("/")
	for _, look := range browser.Looks() {
		p.Look(look)
		if width := browser.Eval[int](p, "innerWidth"); width != look.Width {
			t.Errorf("%s: %d pixels wide", look, width)
		}
		background := "rgb(255, 255, 255)"
		if look.Dark {
			background = "rgb(17, 17, 17)"
		}
		if got := browser.Eval[string](p, "getComputedStyle(document.body).backgroundColor"); got != background {
			t.Errorf("%s: background %s, want %s", look, got, background)
		}
	}
	if zone := browser.Eval[string](p, "Intl.DateTimeFormat().resolvedOptions().timeZone"); zone != "Asia/Shanghai" {
		t.Errorf("time zone %s", zone)
	}
}

func TestHands(t *testing.T) {
	t.Parallel()
	var got string
	url := site(t, map[string]string{
		"/{$}": `<form method="post" action="/" enctype="multipart/form-data">
			<input name="name" value="old"><select name="kind"><option>a</option><option>b</option></select>
			<input type="date" name="day"><input type="file" name="file"><button>Send</button></form>`,
		"/live": `<p id="now">R$&nbsp;1,00</p><button>Go</button><script src="/live.js"></script>`,
	}, map[string]http.HandlerFunc{
		"POST /{$}": func(w http.ResponseWriter, r *http.Request) {
			file, header, err := r.FormFile("file")
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			content, _ := io.ReadAll(file)
			got = strings.Join([]string{r.FormValue("name"), r.FormValue("kind"), r.FormValue("day"),
				header.Filename, string(content)}, "|")
			http.Redirect(w, r, "/live", http.StatusSeeOther)
		},
		"GET /live.js": script(`document.querySelector("button").addEventListener("click", () => setTimeout(() => {
			document.querySelector("#now").textContent = "R$\u00a02,00"; document.querySelector("button").remove() }, 50))`),
	})
	p := browser.Open(t, url)
	p.Go("/")
	p.Fill("[name=name]", "Ação 余额")
	p.Choose("[name=kind]", "b")
	p.Choose("[name=day]", "2026-11-20")
	p.Upload("[name=file]", "statement.csv", []byte("a;b\n"))
	p.Submit("button")
	if want := "Ação 余额|b|2026-11-20|statement.csv|a;b\n"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if text := p.Text("#now"); text != "R$ 1,00" {
		t.Errorf("text %q", text)
	}
	p.Click("button")
	p.WaitText("#now", "R$ 2,00")
	p.WaitGone("button")
	if n := p.Count("p"); n != 1 {
		t.Errorf("%d paragraphs", n)
	}
}

func TestPagesCanDoWithoutScripts(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{"/{$}": `<p>as it was</p><button>Go</button><script src="/change.js"></script>`},
		map[string]http.HandlerFunc{"GET /change.js": script(`document.querySelector("p").textContent = "changed"`)})
	p := browser.Open(t, url)
	p.Go("/")
	p.WaitText("p", "changed")
	p.WithoutScripts()
	p.Go("/")
	p.WaitText("p", "as it was")
	p.Click("button")
}

func TestWhatIsCoveredCannotBeClicked(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{"/{$}": `<link rel="stylesheet" href="/cover.css"><button>Go</button><div id="c"></div>`},
		map[string]http.HandlerFunc{"GET /cover.css": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, "#c { position: fixed; inset: 0 }")
		}})
	says(t, judge(t, func(t testing.TB) {
		p := browser.Open(t, url)
		p.Go("/")
		p.Click("button")
	}), `button is covered by <div id="c">`)
}

func TestFilesAreDownloaded(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{"/{$}": `<a href="/export">Export</a>`}, map[string]http.HandlerFunc{
		"GET /export": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Set("Content-Disposition", `attachment; filename="statement.csv"`)
			fmt.Fprint(w, strings.Repeat("a;b\r\n", 10_000))
		},
	})
	p := browser.Open(t, url)
	p.Go("/")
	for range 2 {
		file := p.Download("a")
		if file.Name != "statement.csv" || string(file.Content) != strings.Repeat("a;b\r\n", 10_000) {
			t.Errorf("got %s with %d bytes", file.Name, len(file.Content))
		}
	}
}
