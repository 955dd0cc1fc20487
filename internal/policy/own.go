package policy

// Complaint is what a policy that somebody wrote says of an image.
type Complaint struct{ Place, Message, Help string }

// Own makes a rule of the judgement of a policy that somebody wrote. Its ID, level and page are the rule's.
func (r Rule) Own(judge func(Image) []Complaint) Rule {
	r.check = func(c *checker) {
		for _, complaint := range judge(c.Image) {
			c.find(c.rule.Level, complaint.Place, complaint.Help, "%s", complaint.Message)
		}
	}
	return r
}
