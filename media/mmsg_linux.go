//go:build linux && (amd64 || arm64)

package media

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawSocket is a UDP socket that the runtime's poller does not know: it would wake a
// thread for each packet.
type rawSocket struct {
	mu     sync.Mutex // held while sending: a closed descriptor may be another's at once
	fd     int
	six    bool // of IPv6, which carries IPv4 as mapped addresses
	closed bool
}

// newRawSocket takes over conn, which is closed.
func newRawSocket(conn *net.UDPConn) (*rawSocket, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("media: socket: %w", err)
	}
	s := &rawSocket{}
	var fault error
	err = raw.Control(func(fd uintptr) {
		if s.fd, fault = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); fault != nil {
			return
		}
		domain, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		if err == nil {
			err = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		}
		if err != nil {
			fault = err
			_ = unix.Close(s.fd)
		}
		s.six = domain == unix.AF_INET6
	})
	if err == nil {
		err = fault
	}
	if err != nil {
		return nil, fmt.Errorf("media: socket: %w", err)
	}
	_ = conn.Close() // ours is a second name of it
	return s, nil
}

// Close closes the socket; a second time does nothing.
func (s *rawSocket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return unix.Close(s.fd)
}

// WriteToUDPAddrPort sends a packet without ever waiting.
func (s *rawSocket) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	var name unix.RawSockaddrInet6 // room for both
	size := setName(&name, to, s.six)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	if len(b) == 0 || size == 0 {
		return 0, nil
	}
	const flags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	//nolint:gosec // the kernel reads both
	n, _, errno := syscall.Syscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), flags, uintptr(unsafe.Pointer(&name)), uintptr(size))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// setName writes an address as the kernel wants it; 0: the socket cannot reach it.
func setName(name *unix.RawSockaddrInet6, to netip.AddrPort, six bool) (size uint32) {
	if six {
		name.Family = unix.AF_INET6
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&name.Port))[:], to.Port()) //nolint:gosec // two bytes
		name.Addr = to.Addr().As16()
		return unix.SizeofSockaddrInet6
	}
	if !to.Addr().Unmap().Is4() {
		return 0
	}
	four := (*unix.RawSockaddrInet4)(unsafe.Pointer(name)) //nolint:gosec // the smaller of the two
	four.Family = unix.AF_INET
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&four.Port))[:], to.Port()) //nolint:gosec // two bytes
	four.Addr = to.Addr().Unmap().As4()
	return unix.SizeofSockaddrInet4
}

// nameOf reads an address that the kernel wrote.
func nameOf(name *unix.RawSockaddrInet6) netip.AddrPort {
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&name.Port))[:]) //nolint:gosec // two bytes, at the same place in both
	if name.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr), port) //nolint:gosec // the family says so
	}
	return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), port)
}

// mmsghdr is struct mmsghdr of recvmmsg(2) on a 64-bit system.
type mmsghdr struct {
	header unix.Msghdr
	length uint32
	_      [4]byte
}

const (
	batchSize   = 64
	controlSize = 16 + 16 // struct cmsghdr and struct timespec
)

// inbox receives up to batchSize datagrams with one call.
type inbox struct {
	messages [batchSize]mmsghdr
	parts    [batchSize]unix.Iovec
	names    [batchSize]unix.RawSockaddrInet6
	control  [batchSize][controlSize]byte
	data     [batchSize][maxPacket]byte
}

func newInbox() *inbox {
	in := &inbox{}
	for i := range in.messages {
		in.parts[i].Base = &in.data[i][0]
		in.parts[i].SetLen(maxPacket)
		h := &in.messages[i].header
		h.Name = (*byte)(unsafe.Pointer(&in.names[i])) //nolint:gosec // the kernel writes it
		h.Iov = &in.parts[i]
		h.SetIovlen(1)
		h.Control = &in.control[i][0]
	}
	return in
}

// receive reads what waits, up to most datagrams.
func (in *inbox) receive(fd, most int) int {
	for i := range most {
		h := &in.messages[i].header
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(controlSize)
	}
	for {
		//nolint:gosec // the kernel fills it
		n, _, errno := syscall.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&in.messages[0])), uintptr(most), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n)
		case unix.EAGAIN, unix.EBADF:
			return 0
		default: // an ICMP error of an earlier packet: it is told once
			if errno != unix.EINTR && errno != unix.ECONNREFUSED && errno != unix.EHOSTUNREACH && errno != unix.ENETUNREACH {
				return 0
			}
		}
	}
}

// datagram gives number i of what was received, and how long it waited.
func (in *inbox) datagram(i int, now time.Time) (b []byte, from netip.AddrPort, age time.Duration) {
	m := &in.messages[i]
	return in.data[i][:m.length], nameOf(&in.names[i]), in.age(i, now)
}

// age is how long a datagram waited by the kernel's time stamp. A clock that was set
// meanwhile gives nonsense, which counts as no wait.
func (in *inbox) age(i int, now time.Time) time.Duration {
	c := in.control[i][:]
	h := &in.messages[i].header
	if h.Controllen < controlSize || binary.NativeEndian.Uint32(c[12:]) != unix.SCM_TIMESTAMPNS {
		return 0
	}
	stamp := int64(binary.NativeEndian.Uint64(c[16:]))*int64(time.Second) + int64(binary.NativeEndian.Uint64(c[24:])) //nolint:gosec // struct timespec is signed
	age := time.Duration(now.UnixNano() - stamp)
	if age < 0 || age > maxWaited {
		return 0
	}
	return age
}

// maxWaited is more than a socket's buffer holds.
const maxWaited = 30 * time.Second

// sendBox is the outbox of a shard.
type sendBox struct {
	socket   *rawSocket
	n        int
	messages [batchSize]mmsghdr
	parts    [batchSize]unix.Iovec
	names    [batchSize]unix.RawSockaddrInet6
	data     [batchSize][maxPacket + sealRoom]byte
}

// sealRoom is what SRTP adds at most.
const sealRoom = 64

func newSendBox() *sendBox {
	o := &sendBox{}
	for i := range o.messages {
		o.parts[i].Base = &o.data[i][0]
		h := &o.messages[i].header
		h.Name = (*byte)(unsafe.Pointer(&o.names[i])) //nolint:gosec // the kernel reads it
		h.Iov = &o.parts[i]
		h.SetIovlen(1)
	}
	return o
}

func (o *sendBox) room() []byte { return o.data[o.n][:0] }

func (o *sendBox) put(n int, to netip.AddrPort) {
	size := setName(&o.names[o.n], to, o.socket.six)
	if size == 0 || n > len(o.data[o.n]) {
		return
	}
	o.messages[o.n].header.Namelen = size
	o.parts[o.n].SetLen(n)
	if o.n++; o.n == batchSize {
		o.flush()
	}
}

// flush sends what was put. A packet that cannot be sent is lost like any other.
func (o *sendBox) flush() {
	o.socket.mu.Lock()
	defer o.socket.mu.Unlock()
	for sent := 0; sent < o.n && !o.socket.closed; {
		const flags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
		//nolint:gosec // the kernel reads it
		n, _, errno := syscall.Syscall6(unix.SYS_SENDMMSG, uintptr(o.socket.fd), uintptr(unsafe.Pointer(&o.messages[sent])), uintptr(o.n-sent), flags, 0, 0)
		if errno != 0 {
			n = 1
		}
		sent += int(n)
	}
	o.n = 0
}
