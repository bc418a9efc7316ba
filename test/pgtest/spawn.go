package pgtest

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// attributes are those of every process of PostgreSQL: its user, and that it
// ends when we do. A group of its own keeps the terminal's signals from it.
func attributes() *syscall.SysProcAttr {
	who, _ := account() // prepare has failed if this does
	a := &syscall.SysProcAttr{Credential: who, Setpgid: true}
	endWithUs(a)
	return a
}

// spawner starts processes on one thread that lasts: Linux counts the end of the
// thread that forked as the end of the parent.
var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func spawn(cmd *exec.Cmd) error {
	done := make(chan error, 1)
	spawner() <- func() { done <- cmd.Start() }
	return <-done
}
