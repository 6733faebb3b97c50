package plant

// Contracts are the bugs of contracts, of their money and of the ledger under them that the suite must find, by their numbers in the threat model.
var Contracts = []Bug{}
