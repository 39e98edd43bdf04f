package localaws

import "strings"

// partition returns the AWS partition of a region.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// scopePrefix begins the ARNs of all resources of one service, region and account.
func scopePrefix(service, region, account string) string {
	return "arn:" + partition(region) + ":" + service + ":" + region + ":" + account + ":"
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
	name := strings.TrimSuffix(p.resource, ".fifo")
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
