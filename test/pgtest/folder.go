package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"sync"
	"syscall"
)

// account is the user that PostgreSQL runs as, when it is not our own:
// PostgreSQL refuses to run as root.
var account = sync.OnceValues(func() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	var last error
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			last = err
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("root must not run PostgreSQL, and there is no other user to run it: %w", last)
})

// own gives a file to the user that PostgreSQL runs as.
func own(path string) error {
	who, err := account()
	if err != nil || who == nil {
		return err
	}
	return os.Chown(path, int(who.Uid), int(who.Gid))
}

func writeOwned(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return own(path)
}

func openOwned(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return f, own(path)
}

// root is the folder of all servers of this process. A guard removes it when
// the process has ended, however it ended.
var root = sync.OnceValues(func() (guarded, error) {
	dir, err := os.MkdirTemp("", "saldo-pgtest-*")
	if err != nil {
		return guarded{}, err
	}
	if err := own(dir); err != nil {
		return guarded{}, err
	}
	alive, err := guard(dir)
	return guarded{dir, alive}, err
})

// guarded is a folder that its guard removes once alive is closed, which the end
// of this process does.
type guarded struct {
	dir   string
	alive *os.File
}

// guarding removes the folder $1 once its input ends. A server that dies with us
// may write for a moment longer, so it tries again.
const guarding = `trap '' HUP INT TERM
cat
for i in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf "$1" && exit
	sleep 1
done`

func guard(dir string) (alive *os.File, err error) {
	cmd := exec.Command("/bin/sh", "-c", guarding, "sh", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd.Stdin = r
	return w, cmd.Start() // never waited for: it outlives us
}

// newFolder makes a folder for one server.
func newFolder() (string, error) {
	in, err := root()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(in.dir, "server-*")
	if err != nil {
		return "", err
	}
	return dir, own(dir)
}
