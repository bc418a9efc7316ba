package pixid

// CRC16 is the checksum of a BR Code, CRC-16/CCITT-FALSE: polynomial 1021h, start FFFFh, no
// reflection, no final exclusive or (EMV QRCPS merchant-presented mode). Of "123456789" it is
// 29B1h.
func CRC16(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			carry := crc&0x8000 != 0
			crc <<= 1
			if carry {
				crc ^= 0x1021
			}
		}
	}
	return crc
}
