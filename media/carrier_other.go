//go:build !linux || !(amd64 || arm64)

package media

const maxShards = 256

func newCarrier(s *Server) (carrier, error) { return goroutines{s}, nil }
