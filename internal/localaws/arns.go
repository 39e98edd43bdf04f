package localaws

import (
	"strings"

	"github.com/skein-dev/skein/internal/policydoc"
)

// fifoSuffix ends the names of FIFO topics and queues.
const fifoSuffix = ".fifo"

// scopePrefix begins the ARNs of all resources of one service, region and account.
func scopePrefix(service, region, account string) string {
	return "arn:" + policydoc.Partition(region) + ":" + service + ":" + region + ":" + account + ":"
}

// serviceURL is the address of a service on AWS.
func serviceURL(service, region string) string {
	domain := ".amazonaws.com"
	if policydoc.Partition(region) == "aws-cn" {
		domain += ".cn"
	}
	return "https://" + service + "." + region + domain
}

// arnParts are the six parts of an ARN.
type arnParts struct {
	partition, service, region, account, resource string
}

// parseARN splits an ARN; ok is false unless it has six parts and begins with arn.
func parseARN(s string) (arnParts, bool) {
	p := strings.SplitN(s, ":", 6)
	if len(p) < 6 || p[0] != "arn" {
		return arnParts{}, false
	}
	return arnParts{partition: p[1], service: p[2], region: p[3], account: p[4], resource: p[5]}, true
}

// parseQueueARN splits the ARN of an SQS queue.
func parseQueueARN(s string) (arnParts, bool) {
	p, ok := parseARN(s)
	name := strings.TrimSuffix(p.resource, fifoSuffix)
	return p, ok && p.service == serviceSQS && p.region != "" && isAccountID(p.account) && validName(name, 80)
}

// validName reports whether a name of a queue or topic, without the .fifo suffix, has only allowed characters and
// between 1 and max of them.
func validName(name string, max int) bool {
	if len(name) < 1 || len(name) > max {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) < 0
}
