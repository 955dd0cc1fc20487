module example.com/shop/services/orders

go 1.26.0

require example.com/shop/lib v0.0.0

replace example.com/shop/lib => ../../lib
