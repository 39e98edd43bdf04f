package policydoc

import "strings"

// snsPrincipal is SNS in every partition, aws-cn included.
const snsPrincipal = "sns.amazonaws.com"

// defaultRegions launched before 2019-03-20 and are enabled in every account of their partition. Osaka
// (ap-northeast-3) became a full region later and stands in SNS's list of opt-in regions,
// https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html. Regions that are not here count as opt-in.
var defaultRegions = map[string]bool{
	"us-east-1": true, "us-east-2": true, "us-west-1": true, "us-west-2": true,
	"ca-central-1": true, "sa-east-1": true,
	"eu-central-1": true, "eu-north-1": true, "eu-west-1": true, "eu-west-2": true, "eu-west-3": true,
	"ap-northeast-1": true, "ap-northeast-2": true, "ap-south-1": true, "ap-southeast-1": true, "ap-southeast-2": true,
	"cn-north-1": true, "cn-northwest-1": true,
	"us-gov-east-1": true, "us-gov-west-1": true,
}

// ServicePrincipal returns the service principal with which SNS sends from a topic's region to a queue's region. Where
// one of two different regions is an opt-in region, it is that region's own. ok is false where SNS does not deliver:
// between two opt-in regions and between partitions.
func ServicePrincipal(topicRegion, queueRegion string) (principal string, ok bool) {
	topicDefault, queueDefault := defaultRegions[topicRegion], defaultRegions[queueRegion]
	switch {
	case topicRegion == queueRegion:
		return snsPrincipal, true
	case Partition(topicRegion) != Partition(queueRegion):
		return "", false
	case topicDefault && queueDefault:
		return snsPrincipal, true
	case queueDefault:
		return regionalPrincipal(topicRegion), true
	case topicDefault:
		return regionalPrincipal(queueRegion), true
	default:
		return "", false
	}
}

func regionalPrincipal(region string) string { return "sns." + region + ".amazonaws.com" }

// sidSuffix tells the statements of different SNS principals apart: "" for the common one, MeSouth1 for
// sns.me-south-1.amazonaws.com.
func sidSuffix(principal string) string {
	if principal == snsPrincipal {
		return ""
	}
	region := strings.TrimSuffix(strings.TrimPrefix(principal, "sns."), ".amazonaws.com")
	var suffix strings.Builder
	for part := range strings.SplitSeq(region, "-") {
		if part != "" {
			suffix.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return suffix.String()
}

// Partition returns the partition of a region: aws, aws-cn or aws-us-gov.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}
