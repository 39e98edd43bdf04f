package filterpolicy

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// addressForm is what SNS takes for an address at first sight, by the published rule engine.
var addressForm = regexp.MustCompile(`^([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*)$`)

// parseCIDR reads "address/bits". The word prefix in the first refusal is SNS's own (recorded case
// test_validate_policy_string_operators/error-condition-bad-type).
func parseCIDR(path string, operand any) (Condition, error) {
	s, ok := operand.(string)
	if !ok {
		return Condition{}, refuse(path, "prefix match pattern must be a string")
	}
	address, mask, _ := strings.Cut(strings.TrimRight(s, "/"), "/") // SNS drops empty parts at the end
	if mask == "" || strings.Contains(mask, "/") {
		return Condition{}, refuse(path, "Malformed CIDR, one '/' required")
	}
	bits, err := strconv.Atoi(mask)
	if err != nil {
		return Condition{}, refuse(path, "Malformed CIDR, mask bits must be an integer")
	}
	if bits < 0 {
		return Condition{}, refuse(path, "Malformed CIDR, mask bits must not be negative")
	}
	ip, err := netip.ParseAddr(address)
	switch {
	case err != nil && addressForm.MatchString(address):
		return Condition{}, refuse(path, "Invalid IP address: %s", address)
	case err != nil || !addressForm.MatchString(address):
		return Condition{}, refuse(path, "Nonstandard IP address: %s", address)
	}
	if bits >= ip.BitLen() {
		return Condition{}, tooManyBits(path, ip)
	}
	return Condition{Operator: CIDR, Network: netip.PrefixFrom(ip, bits)}, nil
}

// tooManyBits refuses the mask of a single address, as the published rule engine does.
func tooManyBits(path string, ip netip.Addr) error {
	family := "IPv6"
	if ip.Is4() {
		family = "IPv4"
	}
	return &Error{
		Key:    path,
		Reason: family + " mask bits must be < " + strconv.Itoa(ip.BitLen()),
		Hint:   "write a single address as a plain string",
	}
}
