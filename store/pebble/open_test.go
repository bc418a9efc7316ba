package pebble

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

func TestFolderIsLockedAgainstThisProcess(t *testing.T) {
	for name, opts := range map[string]Options{"on disk": {}, "in memory": memoryFS(vfs.NewMem())} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := open(t, dir, opts)
			_, err := Open(dir, opts)
			if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "folder "+dir+" is in use by another process") {
				t.Errorf("opened twice: %v", err)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			open(t, dir, opts)
		})
	}
}

// folderToLock tells a process of this test to hold a folder.
const folderToLock = "SALDO_TEST_FOLDER_TO_LOCK"

func TestFolderIsLockedAgainstOtherProcesses(t *testing.T) {
	if dir := os.Getenv(folderToLock); dir != "" {
		open(t, dir, Options{})
		os.Stdout.WriteString("locked\n")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	dir := t.TempDir()
	other := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	other.Env = append(os.Environ(), folderToLock+"="+dir)
	hang, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("locked"))
	if _, err := io.ReadFull(out, line); err != nil || !bytes.Equal(line, []byte("locked")) {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("opened while another process has it: %v", err)
	}
	_ = hang.Close()
	if err := other.Wait(); err != nil {
		t.Error(err)
	}
	open(t, dir, Options{})
}

func TestFolderThatCanNotBeMadeIsNotCalledLocked(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file+"/books", Options{}); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("folder in a file: %v", err)
	}
}

func TestFolderOfNewerReleaseIsRefused(t *testing.T) {
	opts := memoryFS(vfs.NewMem())
	s := open(t, "books", opts)
	if err := s.db.Set(keyFormat, appendLayout(nil, layoutVersion+1), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the lock is given back
		if _, err := Open("books", opts); !errors.Is(err, ErrNewer) {
			t.Errorf("folder of a newer release: %v", err)
		}
	}
}

// TestFolderOfTheFirstLayoutIsRaised wants records of the first layout to be read,
// and a release that knows only that to refuse the folder from then on.
func TestFolderOfTheFirstLayoutIsRaised(t *testing.T) {
	opts := memoryFS(vfs.NewMem())
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00)
	m := w.place(firstAccount, 1_00)
	for name, key := range map[string][]byte{
		"movement": appendMovementKey(nil, m.ID), "profile": appendProfileKey(nil, firstAccount),
		"job": appendJobKey(nil, pix.JobKey{Topic: pix.RailHTTP, ID: uint64(m.ID)}),
	} {
		data, closer, err := w.s.db.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		if data[0] != 1 {
			t.Errorf("an ordinary %s is of version %d", name, data[0])
		}
		_ = closer.Close()
	}
	layout := func(s *Store) uint64 {
		data, closer, err := s.db.Get(keyFormat)
		if err != nil {
			t.Fatal(err)
		}
		defer closer.Close()
		_, version, _ := readLayout(data)
		return version
	}
	if err := w.s.db.Set(keyFormat, appendLayout(nil, 1), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		readOnly bool
		want     uint64
	}{{true, 1}, {false, 2}} {
		if err := w.s.Close(); err != nil {
			t.Fatal(err)
		}
		opts.ReadOnly = step.readOnly
		w.s = open(t, "books", opts)
		if got := layout(w.s); got != step.want {
			t.Errorf("opened, read-only %t, the folder is of layout %d", step.readOnly, got)
		}
		verify(t, w.s)
	}
	w.settle(m)
	verify(t, w.s)
}

func TestFolderOfSomethingElseIsRefused(t *testing.T) {
	for _, key := range []string{"x", string(keyFormat)} {
		opts := memoryFS(vfs.NewMem())
		db, err := pebble.Open("books", &pebble.Options{FS: opts.FS, Logger: logger{log: opts.withDefaults().Log}})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Set([]byte(key), []byte("y"), pebble.Sync), db.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := Open("books", opts); !errors.Is(err, ErrNotBooks) {
			t.Errorf("folder with key %q: %v", key, err)
		}
	}
}

func TestDamagedAccountIsNamed(t *testing.T) {
	opts := memoryFS(vfs.NewMem())
	s := open(t, "books", opts)
	if err := s.db.Set(appendAccountKey(nil, firstAccount), []byte{recordVersion}, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("books", opts); !errors.Is(err, ErrCorrupt) {
		t.Errorf("damaged account: %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	opts := memoryFS(vfs.NewMem())
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00)
	m := w.place(firstAccount, 1_00)
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	opts.ReadOnly = true
	w.s = open(t, "books", opts)
	if _, err := do(w, payment(w.id(), firstAccount, 1_00, w.now)); !errors.Is(err, book.ErrUnavailable) {
		t.Errorf("commit: %v", err)
	}
	if got, err := w.s.Movement(context.Background(), m.ID); err != nil || got.Status != pix.Pending {
		t.Errorf("movement %+v, %v", got, err)
	}
	verify(t, w.s)
	if err := w.s.Checkpoint("copy"); !errors.Is(err, book.ErrUnavailable) {
		t.Errorf("checkpoint: %v", err)
	}
	if _, err := Open("elsewhere", opts); err == nil {
		t.Error("opened a folder that is not there")
	}
}

func TestCheckpoint(t *testing.T) {
	opts := memoryFS(vfs.NewMem())
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00)
	m := w.place(firstAccount, 1_00)
	if err := w.s.Checkpoint("copy"); err != nil {
		t.Fatal(err)
	}
	w.settle(m)
	then := open(t, "copy", opts)
	if got, err := then.Movement(context.Background(), m.ID); err != nil || got.Status != pix.Pending {
		t.Errorf("movement %+v, %v", got, err)
	}
	verify(t, then)
	if err := w.s.Checkpoint("copy"); err == nil {
		t.Error("checkpoint over another")
	}
	verify(t, w.s)
}
