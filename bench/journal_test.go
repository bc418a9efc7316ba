package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestJournalKeepsEveryRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	const writers, records = 16, 100
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range records {
				if err := j.write(fmt.Appendf(nil, "%d/%d.", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for record := range bytes.SplitSeq(content, []byte(".")) {
		seen[strings.Trim(string(record), "\x00")] = true
	}
	if len(content) != writers*records*recordSize || len(seen) != writers*records+1 {
		t.Errorf("%d bytes and %d records, want %d and %d",
			len(content), len(seen)-1, writers*records*recordSize, writers*records)
	}
	if err := j.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is left behind")
	}
}

func TestRecordsAreCutToTheirSize(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 2*recordSize)
	if got := appendRecord([]byte("y"), long); len(got) != 1+recordSize || got[0] != 'y' || got[recordSize] != 'x' {
		t.Errorf("got %d bytes", len(got))
	}
}
