package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
)

// profile records where the processors' time goes while one of ours is
// measured, until the function it returns is called. Later rounds replace the
// file of earlier ones.
func (s *session) profile(workload string, c candidate) (stop func(), err error) {
	if s.CPUProfile == "" || !c.ours {
		return func() {}, nil
	}
	ext := filepath.Ext(s.CPUProfile)
	name := fmt.Sprintf("%s-%s-%s%s", strings.TrimSuffix(s.CPUProfile, ext), workload, c.name, ext)
	file, err := os.Create(strings.ReplaceAll(name, " ", "-"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		if err := file.Close(); err != nil {
			s.progress("profile: %v", err)
		}
	}, nil
}
