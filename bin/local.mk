# installed programs
