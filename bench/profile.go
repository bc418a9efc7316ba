package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
)

// profile records what one of ours costs while it is measured, until the function
// it returns is called: where the processors' time goes, and what goroutines wait
// for. Later rounds replace the files of earlier ones. What was waited for is of
// all rounds and candidates up to then, so the difference of two files is that of
// one candidate.
func (s *session) profile(workload string, c candidate) (stop func(), err error) {
	if !c.ours {
		return func() {}, nil
	}
	var ends []func() error
	stop = func() {
		for _, end := range ends {
			if err := end(); err != nil {
				s.progress("profile: %v", err)
			}
		}
	}
	if s.CPUProfile != "" {
		file, err := os.Create(profileName(s.CPUProfile, workload, c))
		if err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return nil, err
		}
		ends = append(ends, func() error {
			pprof.StopCPUProfile()
			return file.Close()
		})
	}
	if s.BlockProfile != "" {
		runtime.SetBlockProfileRate(blockRate)
		ends = append(ends, func() error {
			runtime.SetBlockProfileRate(0)
			return writeProfile("block", profileName(s.BlockProfile, workload, c))
		})
	}
	if s.MutexProfile != "" {
		previous := runtime.SetMutexProfileFraction(mutexFraction)
		ends = append(ends, func() error {
			runtime.SetMutexProfileFraction(previous)
			return writeProfile("mutex", profileName(s.MutexProfile, workload, c))
		})
	}
	return stop, nil
}

// What is recorded of waiting: one wait for every so many nanoseconds of it, and
// one of so many waits for a mutex.
const (
	blockRate     = 10_000
	mutexFraction = 10
)

func profileName(file, workload string, c candidate) string {
	ext := filepath.Ext(file)
	name := fmt.Sprintf("%s-%s-%s%s", strings.TrimSuffix(file, ext), workload, c.name, ext)
	return strings.ReplaceAll(name, " ", "-")
}

func writeProfile(kind, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup(kind).WriteTo(file, 0), file.Close())
}
