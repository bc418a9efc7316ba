package browser

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// File is one that a page gave to its user.
type File struct {
	Name    string // that the page proposes
	Content []byte
}

// Download clicks what leads to a file, and waits until it is here.
func (p *Page) Download(selector string) File {
	p.t.Helper()
	dir := p.t.TempDir()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tree, err := chromedp.Call(ctx, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	yes := true
	_, err = chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior:         browser.SetDownloadBehaviorBehaviorAllowAndName,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		DownloadPath:     dir,
		EventsEnabled:    &yes,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	w := download{frame: tree.FrameTree.Frame.ID, done: make(chan struct{})}
	if err := chromedp.ListenBrowser(ctx, w.hear); err != nil {
		p.t.Fatal(err)
	}
	p.Click(selector)
	select {
	case <-w.done:
	case <-ctx.Done():
		p.t.Fatalf("%s gave no file within %s; the page reads:\n%s", selector, patience, p.read())
	}
	if w.state != browser.DownloadProgressStateCompleted {
		p.t.Fatalf("download of %s: %s", w.name, w.state)
	}
	content, err := os.ReadFile(filepath.Join(dir, w.guid))
	if err != nil {
		p.t.Fatal(err)
	}
	return File{w.name, content}
}

// download follows the first file of one page; events are those of the whole browser.
type download struct {
	mu         sync.Mutex
	frame      cdp.FrameID
	guid, name string
	state      browser.DownloadProgressState
	done       chan struct{}
}

func (d *download) hear(event any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch e := event.(type) {
	case *browser.EventDownloadWillBegin:
		if e.FrameID == d.frame && d.guid == "" {
			d.guid, d.name = e.GUID, e.SuggestedFilename
		}
	case *browser.EventDownloadProgress:
		if e.GUID == d.guid && d.state == "" && e.State != browser.DownloadProgressStateInProgress {
			d.state = e.State
			close(d.done)
		}
	}
}
