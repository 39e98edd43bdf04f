package localaws

import "github.com/skein-dev/skein/internal/policydoc"

// mayUseKey lets everybody use every key, as long as there is no KMS here.
func (s *Server) mayUseKey(_, _ string, _ policydoc.Request) *apiError { return nil }
