extern int not_written_yet;
