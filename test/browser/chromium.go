package browser

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// programs are the names of Chromium, the one in Debian's package first.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// patience bounds every wait for the browser. It is long, since the tests of all packages share the machine.
const patience = 30 * time.Second

// nowhere is a proxy that nobody listens as. Loopback never goes through a proxy, all else does and fails.
const nowhere = "http://127.0.0.1:1"

// chromium is the process that all tests of a package share.
var chromium struct {
	sync.Mutex
	err  error
	ctx  context.Context
	end  func()
	said record
}

// start returns the context of the running Chromium, from which those of its pages are made.
func start(t testing.TB) context.Context {
	t.Helper()
	c := &chromium
	c.Lock()
	defer c.Unlock()
	if c.ctx == nil && c.err == nil {
		c.ctx, c.end, c.err = launch(&c.said)
	}
	if c.err != nil {
		t.Fatalf("chromium: %v; scripts/install-test-deps installs it\n%s", c.err, &c.said)
	}
	return c.ctx
}

// Close ends Chromium and removes what it kept. It is for TestMain, after the tests.
func Close() {
	c := &chromium
	c.Lock()
	defer c.Unlock()
	if c.end != nil {
		c.end()
		c.ctx, c.end = nil, nil
	}
}

func launch(said *record) (context.Context, func(), error) {
	program, err := find()
	if err != nil {
		return nil, nil, err
	}
	home, err := os.MkdirTemp("", "saldo-browser-*")
	if err != nil {
		return nil, nil, err
	}
	above, stop := chromedp.NewExecAllocator(context.Background(), options(program, home, said)...)
	ctx, cancel := chromedp.NewContext(above, chromedp.WithErrorf(said.printf), chromedp.WithLogf(said.printf))
	end := func() {
		cancel()
		stop()
		_ = os.RemoveAll(home)
	}
	// The browser lives as long as the context of its first action.
	if err := chromedp.Do(ctx); err != nil {
		end()
		return nil, nil, err
	}
	return ctx, end, nil
}

func find() (string, error) {
	for _, name := range programs {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("not found as any of %s", strings.Join(programs, ", "))
}

// options are the flags of Chromium. As root it gets no sandbox, without which it would not start there.
func options(program, home string, said *record) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir(filepath.Join(home, "profile")),
		chromedp.Env("HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home),
		chromedp.ProxyServer(nowhere),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("no-sandbox", os.Getuid() == 0),
		chromedp.CombinedOutput(said),
	)
}

// record keeps what the browser and its driver say, for when the browser does not start.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// recordLimit bounds a record, in bytes.
const recordLimit = 64 << 10

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.text.Len() < recordLimit {
		r.text.Write(p)
	}
	return len(p), nil
}

func (r *record) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(r, format+"\n", args...)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
